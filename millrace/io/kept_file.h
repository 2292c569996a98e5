#pragma once

#include <optional>
#include <string>

namespace millrace::io {

/// What a file holds before something writes over it.
///
///     const KeptFile config(path);
///     write_atomically(path, text);
///     config.put_back();  // what came of it is refused
class KeptFile {
 public:
  /// Reads the file, if there is one. Throws Error if it can't be read.
  explicit KeptFile(std::string path);
  /// Gives the file its content back, or removes it if there was none. A failure leaves it as it is.
  void put_back() const;

 private:
  std::string path_;
  std::optional<std::string> content_;
};

}  // namespace millrace::io
