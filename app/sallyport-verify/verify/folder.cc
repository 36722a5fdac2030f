#include "verify/folder.h"

#include "base/descriptor.h"
#include "base/limits.h"

#include <fcntl.h>
#include <set>
#include <sys/stat.h>

namespace sallyport::verify {
namespace {

namespace fs = std::filesystem;

constexpr int depth_max = 1; // folders of a bundle hold files only

} // namespace

Result<std::string> read_file(const fs::path& path, const std::string& name) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info{};
  if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::unavailable, name, "is no regular file that can be opened");
  }
  if (static_cast<std::uint64_t>(info.st_size) > limits::bundle_file_bytes) {
    return fail(ErrorCode::too_large, name, "is longer than a file of a bundle may be");
  }
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  if (read_up_to(fd.get(), bytes) != info.st_size) {
    return fail(ErrorCode::unavailable, name, "could not be read");
  }
  return std::string(as_text(bytes));
}

Result<Files> read_files(const fs::path& folder) {
  Files files;
  std::set<std::string> empty; // folders in which no file was found yet
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().lexically_relative(folder).string();
    const fs::file_type type = it->symlink_status(error).type();
    if (error) {
      break;
    }
    if (type == fs::file_type::directory && it.depth() < depth_max) {
      empty.insert(name);
      continue;
    }
    if (type != fs::file_type::regular) {
      return fail(ErrorCode::malformed, name, "is neither a file nor a folder of a bundle");
    }
    if (files.size() == limits::bundle_files) {
      return fail(ErrorCode::too_large, name, "there are more files than a bundle may have");
    }
    SP_TRY(files[name], read_file(it->path(), name));
    empty.erase(fs::path(name).parent_path().string());
  }
  if (error) {
    return fail(ErrorCode::unavailable, folder.string(), "this folder cannot be listed");
  }
  if (!empty.empty()) {
    return fail(ErrorCode::malformed, *empty.begin(), "is a folder without files, and no bundle has one");
  }
  return files;
}

} // namespace sallyport::verify
