#pragma once

#include <optional>
#include <string>

namespace millrace::io {

/// What a file holds before something writes over it.
///
///     const io::KeptFile config(folder + "/config.py");
///     io::write_atomically(folder + "/config.py", data);
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
