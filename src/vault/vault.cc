#include "vault/vault.h"

#include "base/descriptor.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sallyport::vault {

namespace {

namespace fs = std::filesystem;

std::unexpected<Error> storage_error(const char* message) {
  return fail(ErrorCode::unavailable, "vault", message);
}

fs::path folder_of(const fs::path& root, const Digest& address) {
  return root / "objects" / address.hex().substr(0, 2);
}

fs::path file_of(const fs::path& root, const Digest& address) {
  return folder_of(root, address) / address.hex();
}

// Makes it durable too: a blob must not be lost with a folder that was never synced.
bool make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) {
    return sync_folder(folder.parent_path());
  }
  return errno == EEXIST;
}

Instant written_at(const struct stat& info) {
  return {static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000};
}

// Calls `visit` for every regular file of `folder` that was last written before `before`.
bool each_file_before(const fs::path& folder, Instant before, const auto& visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    struct stat info{};
    if (::lstat(it->path().c_str(), &info) == 0 && S_ISREG(info.st_mode) && written_at(info) < before) {
      visit(it->path());
    }
  }
  return !error;
}

} // namespace

Vault::Vault(fs::path root, Options options) : root_(std::move(root)), options_(std::move(options)) {
}

Result<Vault> Vault::open(fs::path root, Options options) {
  if (!make_folder(root) || !make_folder(root / "objects") || !make_folder(root / "tmp")) {
    return storage_error("the folders of the vault could not be made");
  }
  return Vault(std::move(root), std::move(options));
}

Result<Digest> Vault::put(std::string_view unit, ByteView key, ByteView plain) const {
  if (plain.size() > limits::part_bytes) {
    return fail(ErrorCode::too_large, "vault", "the part is longer than a part may be");
  }
  const Bytes sealed = crypto::seal(key, plain, as_bytes(unit));
  const Digest address = crypto::sha256(sealed);
  Bytes name(8);
  crypto::random_bytes(name);
  const fs::path unfinished = root_ / "tmp" / to_hex(name);
  const auto may = [&](Step step) {
    errno = options_.fault ? options_.fault(step) : 0;
    return errno == 0;
  };
  const auto give_up = [&](const char* message) {
    ::unlink(unfinished.c_str());
    return storage_error(message);
  };

  {
    const Descriptor fd(may(Step::create) ? ::open(unfinished.c_str(),
                                                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0440)
                                          : -1);
    if (fd.get() < 0) {
      return storage_error("the part could not be created");
    }
    if (!may(Step::write) || !write_all(fd.get(), sealed)) {
      return give_up("the part could not be written; the disk may be full");
    }
    if (!may(Step::sync) || ::fsync(fd.get()) != 0) {
      return give_up("the part could not be synced");
    }
  }
  const fs::path folder = folder_of(root_, address);
  const fs::path file = file_of(root_, address);
  if (!make_folder(folder) || !may(Step::rename) || ::rename(unfinished.c_str(), file.c_str()) != 0) {
    return give_up("the part could not be put in its place");
  }
  if (!may(Step::sync_folder) || !sync_folder(folder)) {
    ::unlink(file.c_str()); // its name is not durable, so it must not be named
    return storage_error("the folder of the part could not be synced");
  }
  return address;
}

Result<Bytes> Vault::get(const Digest& address, std::string_view unit, ByteView key) const {
  const Descriptor fd(::open(file_of(root_, address).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) {
    return errno == ENOENT ? fail(ErrorCode::not_found, "vault", "there is no part with this address")
                           : storage_error("the part could not be opened");
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) {
    return storage_error("the part could not be read");
  }
  const auto changed = [] {
    return fail(ErrorCode::corrupt, "vault", "the stored part does not have the bytes of its address");
  };
  constexpr std::size_t sealed_max = limits::part_bytes + crypto::aead_overhead;
  if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) > sealed_max) {
    return changed();
  }
  Bytes sealed(static_cast<std::size_t>(info.st_size));
  const auto filled = read_up_to(fd.get(), sealed);
  if (filled < 0) {
    return storage_error("the part could not be read");
  }
  if (static_cast<std::size_t>(filled) != sealed.size()) {
    return changed();
  }
  if (crypto::sha256(sealed) != address) {
    return changed();
  }
  auto plain = crypto::open(key, sealed, as_bytes(unit));
  if (!plain) {
    return fail(ErrorCode::denied, "vault", "the part was not put under this unit and key");
  }
  return plain;
}

bool Vault::contains(const Digest& address) const {
  struct stat info{};
  return ::lstat(file_of(root_, address).c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Result<void> Vault::remove(const Digest& address) const {
  if (::unlink(file_of(root_, address).c_str()) != 0) {
    return errno == ENOENT ? Result<void>() : storage_error("the part could not be removed");
  }
  if (!sync_folder(folder_of(root_, address))) {
    return storage_error("the folder of the part could not be synced");
  }
  return {};
}

Result<std::vector<Digest>> Vault::orphans(Instant before,
                                           const std::function<bool(const Digest&)>& is_named) const {
  std::vector<Digest> orphans;
  std::error_code error;
  for (fs::directory_iterator folder(root_ / "objects", error), end; !error && folder != end;
       folder.increment(error)) {
    const bool read = each_file_before(folder->path(), before, [&](const fs::path& file) {
      const auto address = Digest::from_hex(file.filename().string());
      if (address && !is_named(*address)) {
        orphans.push_back(*address);
      }
    });
    if (!read) {
      return storage_error("a folder of the vault could not be listed");
    }
  }
  if (error) {
    return storage_error("the vault could not be listed");
  }
  std::ranges::sort(orphans);
  return orphans;
}

Result<std::size_t> Vault::sweep_unfinished(Instant before) const {
  std::size_t swept = 0;
  const bool read = each_file_before(
      root_ / "tmp", before, [&](const fs::path& file) { swept += ::unlink(file.c_str()) == 0 ? 1U : 0U; });
  if (!read) {
    return storage_error("the unfinished parts could not be listed");
  }
  return swept;
}

} // namespace sallyport::vault
