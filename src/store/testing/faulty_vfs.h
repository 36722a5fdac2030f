// An SQLite VFS that stands before the default one and fails on demand: a full disk, a crash at any
// durable step, and the power cut, which loses what was written and not synced. Tests only; pass
// faulty_vfs::name as store::Options::vfs.
//
// One per process (SQLite keeps VFSs by name); not for several threads.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace sallyport::store::faulty_vfs {

enum class Operation { write, sync, truncate };

inline constexpr const char* name = "sallyport-faulty";

// Called before each operation on a database or its write-ahead log, with the file's name; a code
// other than SQLITE_OK makes the operation fail with it, doing nothing.
inline std::function<int(Operation, std::string_view file)> before;

namespace detail {

// What a file was before a write or truncation that is not synced yet.
struct Unsynced {
  std::string path;
  sqlite3_int64 size = 0;
  sqlite3_int64 offset = 0;
  std::vector<char> bytes;
};

inline std::vector<Unsynced> unsynced;

struct File {
  sqlite3_file base;
  const char* path; // lives as long as the file is open

  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

inline File* of(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}

inline int ask(Operation operation, sqlite3_file* file) {
  const char* path = of(file)->path;
  return before && path != nullptr ? before(operation, path) : SQLITE_OK;
}

inline void remember(sqlite3_file* file, sqlite3_int64 offset, sqlite3_int64 bytes) {
  if (of(file)->path == nullptr) {
    return;
  }
  sqlite3_file* inner = of(file)->inner();
  Unsynced old{of(file)->path, 0, offset, {}};
  inner->pMethods->xFileSize(inner, &old.size);
  const sqlite3_int64 there = std::max<sqlite3_int64>(0, std::min(bytes, old.size - offset));
  old.bytes.resize(static_cast<std::size_t>(there));
  if (there > 0) {
    inner->pMethods->xRead(inner, old.bytes.data(), static_cast<int>(there), offset);
  }
  unsynced.push_back(std::move(old));
}

inline int close(sqlite3_file* f) {
  return of(f)->inner()->pMethods->xClose(of(f)->inner());
}

inline int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  return of(f)->inner()->pMethods->xRead(of(f)->inner(), to, n, at);
}

inline int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (const int code = ask(Operation::write, f); code != SQLITE_OK) {
    return code;
  }
  remember(f, at, n);
  return of(f)->inner()->pMethods->xWrite(of(f)->inner(), from, n, at);
}

inline int truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = ask(Operation::truncate, f); code != SQLITE_OK) {
    return code;
  }
  sqlite3_int64 now = 0;
  of(f)->inner()->pMethods->xFileSize(of(f)->inner(), &now);
  remember(f, size, now - size);
  return of(f)->inner()->pMethods->xTruncate(of(f)->inner(), size);
}

inline int sync(sqlite3_file* f, int flags) {
  if (const int code = ask(Operation::sync, f); code != SQLITE_OK) {
    return code;
  }
  const int code = of(f)->inner()->pMethods->xSync(of(f)->inner(), flags);
  if (code == SQLITE_OK && of(f)->path != nullptr) {
    std::erase_if(unsynced, [&](const Unsynced& old) { return old.path == of(f)->path; });
  }
  return code;
}

inline int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return of(f)->inner()->pMethods->xFileSize(of(f)->inner(), size);
}

inline int lock(sqlite3_file* f, int level) {
  return of(f)->inner()->pMethods->xLock(of(f)->inner(), level);
}

inline int unlock(sqlite3_file* f, int level) {
  return of(f)->inner()->pMethods->xUnlock(of(f)->inner(), level);
}

inline int check_lock(sqlite3_file* f, int* held) {
  return of(f)->inner()->pMethods->xCheckReservedLock(of(f)->inner(), held);
}

inline int control(sqlite3_file* f, int op, void* arg) {
  return of(f)->inner()->pMethods->xFileControl(of(f)->inner(), op, arg);
}

inline int sector(sqlite3_file* f) {
  return of(f)->inner()->pMethods->xSectorSize(of(f)->inner());
}

inline int traits(sqlite3_file* f) {
  return of(f)->inner()->pMethods->xDeviceCharacteristics(of(f)->inner());
}

inline int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
  return of(f)->inner()->pMethods->xShmMap(of(f)->inner(), page, size, extend, to);
}

inline int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return of(f)->inner()->pMethods->xShmLock(of(f)->inner(), offset, n, flags);
}

inline void shm_barrier(sqlite3_file* f) {
  of(f)->inner()->pMethods->xShmBarrier(of(f)->inner());
}

inline int shm_unmap(sqlite3_file* f, int remove) {
  return of(f)->inner()->pMethods->xShmUnmap(of(f)->inner(), remove);
}

inline const sqlite3_io_methods methods = {
    2,       close,  read,   write,   truncate, sync,        file_size, lock,    unlock, check_lock,
    control, sector, traits, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

inline int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* inner = static_cast<sqlite3_vfs*>(vfs->pAppData);
  of(file)->path = path;
  const int code = inner->xOpen(inner, path, of(file)->inner(), flags, out);
  file->pMethods = of(file)->inner()->pMethods != nullptr ? &methods : nullptr;
  return code;
}

} // namespace detail

// Once per process, before the first store.
inline void install() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs copy = *sqlite3_vfs_find(nullptr);
    copy.pAppData = sqlite3_vfs_find(nullptr);
    copy.szOsFile += static_cast<int>(sizeof(detail::File));
    copy.zName = name;
    copy.xOpen = detail::open;
    return copy;
  }();
  sqlite3_vfs_register(&vfs, 0);
}

// How many of the oldest of a file's unsynced writes reached the disk.
using Keep = std::function<std::size_t(std::string_view path, std::size_t writes)>;

// What a power cut leaves: unsynced writes are taken back, newest first, each file from a point of its own.
// Where the process goes on, it has closed the files before.
inline void take_back(const Keep& keep) {
  std::map<std::string, std::vector<const detail::Unsynced*>> files;
  for (const auto& old : detail::unsynced) {
    files[old.path].push_back(&old);
  }
  for (const auto& [path, writes] : files) {
    const std::size_t kept = keep(path, writes.size());
    FILE* file = std::fopen(path.c_str(), "r+b");
    for (std::size_t i = writes.size(); file != nullptr && i > kept; --i) {
      const auto& old = *writes[i - 1];
      std::fseek(file, static_cast<long>(old.offset), SEEK_SET);
      if (!old.bytes.empty()) {
        std::fwrite(old.bytes.data(), 1, old.bytes.size(), file);
      }
      std::fflush(file);
      if (::ftruncate(fileno(file), old.size) != 0) {
        std::abort();
      }
    }
    if (file != nullptr) {
      std::fclose(file);
    }
  }
  detail::unsynced.clear();
}

// The end of this process as a power cut.
[[noreturn]] inline void power_cut(const Keep& keep) {
  take_back(keep);
  ::_exit(9);
}

} // namespace sallyport::store::faulty_vfs
