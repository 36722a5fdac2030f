#include "lane/outbox.h"

#include "base/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

namespace sallyport::lane {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> unreachable(const char* message) {
  return fail(ErrorCode::unavailable, "outbox", message);
}

bool holds(const fs::path& path, const std::string& bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  Bytes there(bytes.size() + 1); // one more, to see a file that goes on
  return fd.get() >= 0 && read_up_to(fd.get(), there) == static_cast<std::ptrdiff_t>(bytes.size()) &&
         std::ranges::equal(ByteView(there).first(bytes.size()), as_bytes(bytes));
}

// Whether `folder` holds these files and no others.
bool holds(const fs::path& folder, const Files& files) {
  std::size_t found = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (fs::is_directory(it->symlink_status(error))) {
      continue;
    }
    const auto file = files.find(fs::relative(it->path(), folder, error).string());
    if (error || file == files.end() || !holds(it->path(), file->second)) {
      return false;
    }
    ++found;
  }
  return !error && found == files.size();
}

} // namespace

Result<Delivered> deliver(const Files& files, const EntryId& entry, const fs::path& outbox) {
  SP_ASSERT(!entry.empty());
  const fs::path place = outbox / entry.str();
  const fs::path work = outbox / ".unfinished";
  const fs::path unfinished = work / entry.str();
  std::error_code error;
  if (fs::exists(fs::symlink_status(place, error))) {
    if (!holds(place, files)) {
      return fail(ErrorCode::conflict, "outbox", "another bundle was delivered under this entry");
    }
    return Delivered::before;
  }
  if (::mkdir(work.c_str(), 0700) != 0 && errno != EEXIST) {
    return unreachable("the outbox does not take a delivery");
  }
  fs::remove_all(unfinished, error); // what an interrupted delivery left
  if (error) {
    return unreachable("an interrupted delivery could not be removed");
  }
  SP_CHECK(write_files(files, unfinished));
  if (::rename(unfinished.c_str(), place.c_str()) != 0 || !sync_folder(outbox)) {
    return unreachable("the delivery could not be put in its place");
  }
  return Delivered::now;
}

} // namespace sallyport::lane
