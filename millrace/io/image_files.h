#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {

/// Whether a file of that name is an image that we read: .jpg, .jpeg, .png, .webp, .bmp, .tif, .tiff, in either case.
bool has_image_ending(std::string_view name);

/// The images below a folder, at any depth, sorted by folder and name; those whose name, or that of a folder on their
/// way, begins with a dot are passed by. Each is `prefix` with what follows it: "hats" gives "hats/red/1.jpg". Throws
/// Error if a folder can't be listed.
std::vector<std::string> images_below(const std::string& folder, const std::string& prefix);

/// What a user means by words that name images: a file is itself, a folder all images below it, and a word with `*`,
/// `?` or `[` that is no file the files that fit it (as a shell's pattern), a folder among them as above. Throws Error
/// for a folder without images, and for a pattern that fits nothing; whether a file is there, who reads it finds out.
std::vector<std::string> named_images(const std::vector<std::string>& words);

}  // namespace millrace::io
