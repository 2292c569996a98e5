#pragma once

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "millrace/io/file_system.h"

namespace millrace::io {

/// The process ended here.
struct PowerCut : std::exception {
  const char* what() const noexcept override { return "power cut"; }
};

/// A file system in memory that stops at a given operation and loses what was not synced: file contents until sync(),
/// names until sync_folder().
class FaultFileSystem final : public FileSystem {
 public:
  enum class After {
    kill,              // the process ended, the machine went on: all that was written is there
    power_cut,         // nothing is there that was not synced
    names_before_data  // names are as they were last, contents as synced: what journals of metadata alone leave
  };

  /// Lets `operations` more operations happen; in the one after them a PowerCut is thrown (a write is half done), and
  /// every later one throws, too.
  void stop_after(int operations) { operations_left_ = operations; }
  int operations_done() const { return operations_done_; }

  /// Comes back up after the stop.
  void restart(After after) {
    operations_left_ = -1;
    if (after == After::power_cut) names_ = durable_names_;
    if (after != After::kill)
      for (auto& [name, node] : names_) node = std::make_shared<Node>(Node{node->synced, node->synced});
    durable_names_ = names_;
  }

  /// A file that is there for good.
  void place(const std::string& path, const std::string& content) {
    names_[path] = durable_names_[path] = std::make_shared<Node>(Node{content, content});
  }
  bool contains(const std::string& path) const { return names_.contains(path); }
  std::string content(const std::string& path) const { return names_.at(path)->written; }
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& [name, node] : names_) all.push_back(name);
    return all;
  }

  Kind kind(const std::string& path) override { return names_.contains(path) ? Kind::file : Kind::nothing; }
  std::unique_ptr<OutputFile> open_stream(const std::string& path) override { return create(path); }
  std::unique_ptr<OutputFile> create(const std::string& path) override {
    count();
    auto node = std::make_shared<Node>();
    names_[path] = node;
    return std::make_unique<Output>(*this, node);
  }
  std::unique_ptr<InputFile> open(const std::string& path) override { return open_memory(path, content(path)); }
  void rename(const std::string& from, const std::string& to) override {
    count();
    names_[to] = names_.at(from);
    names_.erase(from);
  }
  void remove(const std::string& path) override {
    count();
    names_.erase(path);
  }
  void sync_folder(const std::string&) override {
    count();
    durable_names_ = names_;
  }

 private:
  struct Node {
    std::string written;
    std::string synced;
  };
  class Output final : public OutputFile {
   public:
    Output(FaultFileSystem& files, std::shared_ptr<Node> node) : files_(files), node_(std::move(node)) {}
    void write(std::string_view data) override {
      if (files_.operations_left_ == 0) node_->written += data.substr(0, data.size() / 2);
      files_.count();
      node_->written += data;
    }
    void sync() override {
      files_.count();
      node_->synced = node_->written;
    }

   private:
    FaultFileSystem& files_;
    std::shared_ptr<Node> node_;
  };

  void count() {
    if (operations_left_ == 0) throw PowerCut();
    if (operations_left_ > 0) --operations_left_;
    ++operations_done_;
  }

  std::map<std::string, std::shared_ptr<Node>> names_;
  std::map<std::string, std::shared_ptr<Node>> durable_names_;
  int operations_left_ = -1;
  int operations_done_ = 0;
};

}  // namespace millrace::io
