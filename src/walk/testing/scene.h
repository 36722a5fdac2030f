// A small process made by code: images, one thread, words on its stack, symbol files in a folder of its own.
#pragma once

#include "walk/cpu.h"
#include "walk/walk.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <string>

namespace sallyport::walk::testing {

class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "walk.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  Folder(const Folder&) = delete;

  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }

  const std::filesystem::path& path() const { return path_; }

  void put(const std::string& below, std::string_view text) const {
    std::filesystem::create_directories((path_ / below).parent_path());
    std::ofstream(path_ / below, std::ios::binary) << text;
  }

private:
  std::filesystem::path path_;
};

inline constexpr std::uint64_t code = 0x400000;  // an image of 64 KiB, "app", with debug id A0A0A0A00
inline constexpr std::uint64_t other = 0x700000; // one without symbols
inline constexpr std::uint64_t stack_at = 0x10000;

class Scene {
public:
  explicit Scene(dump::Machine machine) {
    cpu_ = cpu_of(machine);
    dump_.format = dump::Format::minidump;
    dump_.machine = machine;
    dump_.word = cpu_->word;
    dump_.modules.push_back({dump::Range(code, 0x10000), {}, "", "A0A0A0A00"});
    dump_.modules.push_back({dump::Range(other, 0x10000), {}, "", "B0B0B0B00"});
    dump_.threads.emplace_back();
    dump_.threads[0].id = 17;
    dump_.threads[0].registers.emplace();
  }

  dump::Dump& dump() { return dump_; }

  std::size_t word() const { return cpu_->word; }

  // By the name that dumps use.
  Scene& set(std::string_view name, std::uint64_t value) {
    dump_.threads[0].registers->values.push_back({name, value});
    return *this;
  }

  // The stack, word by word from `stack_at` on.
  Scene& words(std::initializer_list<std::uint64_t> values) {
    for (const std::uint64_t value : values) {
      for (std::size_t i = 0; i < cpu_->word; ++i) {
        file_ += static_cast<char>(value >> (8 * i));
      }
    }
    return *this;
  }

  const Folder& folder() const { return folder_; }

  // "app"'s symbol file.
  Scene& symbols(std::string_view records) {
    folder_.put("app/A0A0A0A00/app.sym", "MODULE Linux x86_64 A0A0A0A00 app\n" + std::string(records));
    return *this;
  }

  Walk walk(std::uint64_t steps_max = limits::steps_max) {
    dump_.memory = {{stack_at, dump::Range(0, file_.size())}};
    dump_.threads[0].stack = dump::Range(stack_at, file_.size());
    Library library(as_bytes(file_), dump_, {{folder_.path()}});
    return walk::walk(as_bytes(file_), dump_, library, steps_max);
  }

  // "400010 context, 400020 cfi": where each frame goes on, and what says so.
  std::string frames() {
    std::string out;
    const Walk walked = walk();
    for (const Frame& frame : walked.threads.at(0).frames) {
      out += fmt::format("{}{:x} {}", out.empty() ? "" : ", ", frame.resume, name_of(frame.trust));
    }
    return out;
  }

private:
  const Cpu* cpu_ = nullptr;
  dump::Dump dump_;
  std::string file_;
  Folder folder_;
};

} // namespace sallyport::walk::testing
