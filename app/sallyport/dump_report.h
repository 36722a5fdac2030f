// What is said of crash dumps, as JSON that is made where they are read: by class, place, rule and shape. No
// value of a dump is in it.
#pragma once

#include "canon/value.h"
#include "dump/fragments.h"
#include "dump/verify.h"
#include "dump_terms.h"

#include <optional>
#include <vector>

namespace sallyport::cli {

std::int64_t integer(std::uint64_t number); // what JSON can hold of it

// The member's array; empty where there is none. Of an object in place: a Value of one would be a copy.
const canon::Array& rows_of(const canon::Object& report, std::string_view name);

canon::Array values_of_held(const std::vector<dump::Held>& held);

struct Looked {
  ByteView file;
  dump::Reading reading;
  dump::ScanOfDump scan;

  dump::Revision revision() const { return {file, reading, scan}; }
};

Looked look(ByteView file, const Rules& rules, const dump::Progress& progress);

canon::Object report_of_reading(ByteView file, const dump::Reading& reading);
canon::Object report_of_scan(const Looked& looked, const Rules& rules);
canon::Object report_of_comparison(const Looked& older, const Looked& newer);

// A copy and what it is one of. `previous`: the revision before it, where there is one.
struct Copy {
  const Looked& original;
  const Looked& copy;
  dump::RevisionName name;
  const Looked* previous = nullptr;
};

// With the closed `facts` that a gate decides on, and everything that a page shows.
canon::Object report_of_copy(const Copy& copy, const Rules& rules, const dump::Walker& walker);

} // namespace sallyport::cli
