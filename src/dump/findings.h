// A dump's bytes through the scanner: what is exposed, in which class, where, by which rule. Never what: no
// member of a finding holds a value.
#pragma once

#include "base/digest.h"
#include "dump/dump.h"
#include "dump/exposure.h"
#include "scan/scanner.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sallyport::dump {

struct Finding {
  Exposure exposure = Exposure::unscanned;
  std::uint32_t region = 0; // index into Reading::regions, which it does not leave
  Range range;              // of the file
  std::string rule;
  scan::Confidence confidence = scan::Confidence::low;
  bool wide = false; // written in UTF-16
  // How it was written besides, outermost first. Where there is any, the range is all of the carrier.
  std::vector<scan::Encoding> via;
  std::string preview; // its shape: "xxxx@xxxxxx.xxx"
  bool operator==(const Finding&) const = default;
};

// What a scan was made with; another value of any of them makes it another scan.
struct Pins {
  Digest tool;       // how text is taken out of a dump
  Digest ruleset;    // of the scanner
  Digest taxonomy;   // classes of regions and of exposure
  Digest dictionary; // keyed: names cannot be guessed from it
  bool operator==(const Pins&) const = default;
};

struct ScanOfDump {
  Pins pins;
  std::vector<Finding> findings; // by place, each once
  std::uint64_t bytes = 0;       // of the file, all of which were looked at
  std::uint64_t text_bytes = 0;  // of them in runs of text, each run as often as it can be read

  std::uint64_t count(Exposure exposure) const;
};

// How far it is, in bytes.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Every region is looked at, structure too. Text goes on from region to region only where the process had one
// behind the other. Cost: memory for what is found, no more than limits.h allows, and none that grows with
// the dump.
// `workers` threads share the work, this one among them; how many there are changes nothing of what is found.
// `progress` is called from any of them, one at a time.
ScanOfDump scan_dump(ByteView file, const Reading& reading, const scan::Scanner& scanner,
                     const Progress& progress = {}, std::size_t workers = 1);

} // namespace sallyport::dump
