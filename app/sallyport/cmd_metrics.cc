// metrics: figures about the work of the gate, from the log alone (docs/metrics.md). Local, beside a running
// server.
#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/engine.h"
#include "gate/apply.h"
#include "local_log.h"
#include "metrics/fold.h"
#include "metrics/report.h"
#include "packet/leaf.h"
#include "print.h"
#include "ticker.h"
#include "words.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <system_error>
#include <utility>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Measure {
  std::string since;
  std::string lane;
  fs::path texts;
};

struct Told {
  metrics::Stories stories;
  std::vector<std::string> texts;
};

// The first `size` leaves in order.
Result<void> each_leaf(const engine::CoreOptions& log, const store::Reader& reader, std::uint64_t size,
                       const std::function<void(const packet::Leaf&)>& take) {
  constexpr std::size_t chunk = 1024;
  for (std::uint64_t n = 0; n < size;) {
    SP_TRY(const std::vector<Bytes> leaves, reader.leaves(n, std::min<std::uint64_t>(chunk, size - n)));
    if (leaves.empty()) {
      return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "the leaf is missing");
    }
    for (const Bytes& bytes : leaves) {
      const auto leaf = packet::decode(as_text(bytes));
      if (!leaf || leaf->n != n || leaf->log != log.origin) {
        return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "not a leaf of this log");
      }
      take(*leaf);
      ++n;
    }
  }
  return {};
}

// What the leaves name by digest. What is not there is not put in, and then cannot be verified.
std::vector<std::string> texts_of(const store::Reader& reader, const gate::State& state) {
  std::vector<std::string> out;
  for (const auto& [digest, version] : state.charters) {
    if (const auto text = reader.document("charter", digest.hex(), 1)) {
      out.push_back(std::string(as_text(text->bytes)));
    }
  }
  for (const auto& [name, lane] : state.lanes) {
    for (std::uint32_t version = 1; version <= lane.roster_version; ++version) {
      if (const auto text = reader.document("roster", name, version)) {
        out.push_back(std::string(as_text(text->bytes)));
      }
    }
  }
  for (const auto& [id, entry] : state.entries) {
    if (const auto row = reader.entry(id)) {
      out.push_back(std::string(as_text(row->core)));
    }
    ManifestId manifest;
    if (state.packets.at(entry.packet).by_digest(entry.manifest, &manifest) != nullptr) {
      if (const auto row = reader.manifest(manifest)) {
        out.push_back(std::string(as_text(row->bytes)));
      }
    }
  }
  return out;
}

Result<Told> read_log(const engine::CoreOptions& log) {
  SP_TRY(const store::Reader reader, open_reader(log));
  SP_TRY(const std::uint64_t size, reader.size()); // leaves that come later are another report's
  gate::State state;
  SP_CHECK(each_leaf(log, reader, size, [&](const packet::Leaf& leaf) { gate::apply(state, leaf); }));
  std::vector<std::string> named = texts_of(reader, state);
  metrics::Texts texts;
  for (const std::string& bytes : named) {
    texts.put(bytes);
  }
  metrics::Fold fold(texts);
  SP_CHECK(each_leaf(log, reader, size, [&](const packet::Leaf& leaf) { fold.take(leaf); }));
  return Told{fold.finish(std::max(state.last_at, engine::system_now())), std::move(named)};
}

// Named by their digests, for whoever computes the figures again.
Answer<void> write_texts(const std::vector<std::string>& texts, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const std::string& bytes : texts) {
    SP_CHECK(write_file(folder / crypto::sha256(as_bytes(bytes)).hex(), bytes));
  }
  return {};
}

// ---- for people

std::string value_text(const metrics::Figure& figure) {
  if (!figure.measured()) {
    return "not measured";
  }
  if (!figure.value) {
    return figure.unit == metrics::Unit::count ? std::to_string(figure.numerator) : "-";
  }
  switch (figure.unit) {
  case metrics::Unit::share:
    return fmt::format("{}.{:02} %", *figure.value / 100, *figure.value % 100);
  case metrics::Unit::per_100:
    return fmt::format("{}.{:02}", *figure.value / 100, *figure.value % 100);
  case metrics::Unit::milliseconds:
    return to_words(Duration{*figure.value});
  case metrics::Unit::count:
    break;
  }
  return "";
}

std::string counts_text(const metrics::Figure& figure) {
  if (!figure.measured()) {
    return "";
  }
  std::string out = fmt::format("{}/{}", figure.numerator, figure.denominator);
  return figure.censored == 0 ? out : out + fmt::format(" +{}", figure.censored);
}

std::string text_of(const Context& context, const metrics::VersionReport& version) {
  std::string out = paint(context, Tone::good,
                          fmt::format("{} version {}, lane {}", printable(version.charter), version.version,
                                      printable(version.lane))) +
                    "\n";
  for (const metrics::Metric& metric : version.metrics) {
    Table table({{"FIGURE"}, {"VALUE"}, {"COUNTS"}, {"MEANS", true}});
    for (const metrics::Figure& figure : metric.figures) {
      table.row({printable(figure.name), value_text(figure), counts_text(figure),
                 figure.measured() ? figure.means : figure.means + ": " + figure.not_measured});
    }
    out += section(context, metric.id + "  " + metric.title, table);
  }
  Table joint({{"CONDITION"}, {"HOLDS"}});
  for (const metrics::Joint::Condition& one : version.joint.conditions) {
    joint.row({one.name, !one.holds   ? "cannot be told"
                         : *one.holds ? "yes"
                                      : "no"},
              !one.holds   ? Tone::waiting
              : *one.holds ? Tone::good
                           : Tone::bad);
  }
  return out + section(context,
                       "Joint rule: " + version.joint.verdict() +
                           (version.joint.verdict() == "pass" ? "; times may be compared"
                                                              : "; no time is a success by itself"),
                       joint);
}

Answer<void> measure(const Context& context, const Measure& options) {
  metrics::Query query{std::nullopt, options.lane};
  if (!options.since.empty()) {
    SP_TRY(query.since, read_instant(options.since, "--since"));
  }
  SP_TRY(const engine::CoreOptions log, local_log(context));
  const Ticker ticker(context, "reading the log");
  const auto told = read_log(log);
  if (!told) {
    return std::unexpected(log_failure(told.error()));
  }
  const metrics::Report report = metrics::report_of(told->stories, query);
  if (report.versions.empty()) {
    return give_up(Exit::not_found, options.lane.empty() ? "no charter has been active in this log"
                                                         : "no charter of this log has that lane");
  }
  if (!options.texts.empty()) {
    SP_CHECK(write_texts(told->texts, options.texts));
  }
  if (context.json) {
    out(canon::write(metrics::to_value(report)) + "\n");
    return {};
  }
  for (const metrics::VersionReport& version : report.versions) {
    out(text_of(context, version) + "\n");
  }
  if (!context.quiet) {
    out(fmt::format(
        "As of {}, from {} leaves.\nCOUNTS: numerator/denominator +censored; below {} there is no "
        "percentage.\n",
        brief_time(to_string(report.now)), report.leaves, metrics::enough));
  }
  return {};
}

} // namespace

void add_metrics(CLI::App& app, Context& context) {
  auto options = std::make_shared<Measure>();
  CLI::App* verb = add_verb(app, "metrics", "Figures about the work of the gate, from the log alone; local",
                            "sallyport metrics --dir /var/lib/sallyport --lane Q-PSR");
  verb->add_option("--since", options->since, "Only what began at or after this instant")
      ->type_name("INSTANT");
  verb->add_option("--lane", options->lane, "Only this lane")->type_name("LANE");
  verb->add_option("--texts", options->texts,
                   "Write here the charters, rosters, manifests and entries that the figures rest on")
      ->type_name("DIR");
  on(verb, context, options, measure);
}

} // namespace sallyport::cli
