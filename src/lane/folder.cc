#include "base/descriptor.h"
#include "lane/bundle.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace sallyport::lane {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> unwritten(std::string where) {
  return fail(ErrorCode::unavailable, std::move(where), "could not be written; the disk may be full");
}

// Names like "trust/key-1.leaf": they go down, and neither up nor away.
bool stays_inside(const std::string& name) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() && path.has_filename() &&
         std::ranges::none_of(path, [](const fs::path& step) { return step == ".." || step == "."; });
}

bool make_folder(const fs::path& folder) {
  return ::mkdir(folder.c_str(), 0750) == 0 || errno == EEXIST;
}

Result<void> write_file(const fs::path& path, const std::string& name, const std::string& bytes) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0440));
  if (fd.get() < 0 || !write_all(fd.get(), as_bytes(bytes)) || ::fsync(fd.get()) != 0) {
    return unwritten(name);
  }
  return {};
}

// The folders that the files lie in, parents before children.
std::set<fs::path> folders_of(const Files& files) {
  std::set<fs::path> folders;
  for (const auto& [name, bytes] : files) {
    for (fs::path at = fs::path(name).parent_path(); !at.empty(); at = at.parent_path()) {
      folders.insert(at);
    }
  }
  return folders;
}

} // namespace

Result<void> write_files(const Files& files, const fs::path& folder) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error)) && !fs::is_empty(folder, error)) {
    return fail(ErrorCode::conflict, "folder", "there is something at this place already");
  }
  if (!std::ranges::all_of(files, [](const auto& file) { return stays_inside(file.first); })) {
    return fail(ErrorCode::malformed, "files", "a name leaves the folder");
  }
  if (!make_folder(folder)) {
    return unwritten("folder");
  }
  const std::set<fs::path> below = folders_of(files);
  for (const fs::path& at : below) {
    if (!make_folder(folder / at)) {
      return unwritten(at.string());
    }
  }
  for (const auto& [name, bytes] : files) {
    SP_CHECK(write_file(folder / name, name, bytes));
  }
  for (const fs::path& at : below) {
    if (!sync_folder(folder / at)) {
      return unwritten(at.string());
    }
  }
  if (!sync_folder(folder) || !sync_folder(fs::absolute(folder).parent_path())) {
    return unwritten("folder");
  }
  return {};
}

} // namespace sallyport::lane
