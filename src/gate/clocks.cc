#include "gate/clocks.h"

#include "gate/attrs.h"

#include <algorithm>
#include <set>

namespace sallyport::gate {
namespace {

template <class... F> struct Overloaded : F... {
  using F::operator()...;
};

constexpr const char* embargo_until = "embargo_until";
constexpr const char* embargo_after = "embargo_after";

// A window's instants: `at` of an embargo, starts and ends of a freeze in pairs; none of a shift.
ReadInstants instants_of(const World& world, const PacketId& id, const charter::Charter& charter,
                         const charter::Window& window) {
  return std::visit(Overloaded{
                        [](const charter::Shift&) { return ReadInstants{{}, true}; },
                        [&](const charter::Embargo& embargo) {
                          if (const auto* said = std::get_if<Instant>(&embargo.at)) {
                            return ReadInstants{{*said}, true};
                          }
                          ReadInstants read =
                              read_instants(world, id, charter, std::get<charter::AttrRef>(embargo.at));
                          std::ranges::sort(read.at);
                          return read;
                        },
                        [&](const charter::Freeze& freeze) {
                          if (const auto* said = std::get_if<charter::Interval>(&freeze.range)) {
                            return ReadInstants{{said->from, said->until}, true};
                          }
                          const auto& from = std::get<charter::AttrInterval>(freeze.range);
                          const auto starts =
                              read_instants(world, id, charter, {from.source, from.starts_attr});
                          const auto ends = read_instants(world, id, charter, {from.source, from.ends_attr});
                          ReadInstants out;
                          out.known = starts.known && ends.known;
                          for (std::size_t i = 0; out.known && i < starts.at.size(); ++i) {
                            out.at.push_back(starts.at[i]);
                            out.at.push_back(ends.at[i]);
                            out.known = starts.at[i] < ends.at[i]; // what ends before it starts says nothing
                          }
                          return out;
                        },
                    },
                    window);
}

std::string kind_of(const charter::Window& window) {
  return std::visit(Overloaded{[](const charter::Shift&) { return "shift"; },
                               [](const charter::Embargo& embargo) {
                                 return embargo.until ? embargo_until : embargo_after;
                               },
                               [](const charter::Freeze&) { return "freeze"; }},
                    window);
}

canon::Array texts(const std::vector<Instant>& instants) {
  canon::Array out;
  for (const Instant t : instants) {
    out.emplace_back(to_string(t));
  }
  return out;
}

void window_line(const std::string& id, std::optional<bool> open, canon::Object saw, Report& report) {
  saw.set("known", open.has_value());
  report.push_back({"TIME.WINDOW", open.value_or(false) ? Outcome::pass : Outcome::wait, "/windows/" + id,
                    std::move(saw),
                    open.value_or(false) ? "" : "The window opens; then a person requests the release."});
}

void check_shift(const std::string& id, const charter::Shift& shift, const Zones& zones, Instant now,
                 Report& report) {
  canon::Object saw{{"zone", shift.tz}, {"tz_database", zones.version}};
  if (const auto offset = zones.offset_at(shift.tz, now)) {
    saw.set("offset_ms", offset->ms);
  }
  window_line(id, inside(shift, zones, now), std::move(saw), report);
}

void check_freeze(const std::string& id, const ReadInstants& range, Instant now, Report& report) {
  std::optional<bool> open;
  if (range.known) {
    open = true;
    for (std::size_t i = 0; i + 1 < range.at.size(); i += 2) {
      open = *open && (now < range.at[i] || now >= range.at[i + 1]);
    }
  }
  window_line(id, open, {{"starts_and_ends", texts(range.at)}}, report);
}

// Evidence and clocks that change by time alone.
class Time {
public:
  Time(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report)
      : world_(world), id_(id), packet_(packet), charter_(*world.active_charter(packet.lane)),
        dossier_(*world.dossier(id)), now_(now), report_(report) {}

  void run() {
    for (const packet::Cite& cite : packet_.head->cites) {
      citation(cite);
    }
    for (const auto& [id, due] : charter_.clocks.due) {
      clock(id, due);
    }
    for (const auto& [id, window] : charter_.clocks.windows) {
      if (const auto* embargo = std::get_if<charter::Embargo>(&window)) {
        embargoed(id, *embargo, instants_of(world_, id_, charter_, window));
      }
    }
    for (const std::string& code : asked_) {
      if (!failed_.contains(code)) {
        report_.push_back({code, Outcome::pass, "", {}, ""});
      }
    }
  }

private:
  void line(const std::string& code, Outcome outcome, std::string subject, canon::Object saw,
            std::string remedy) {
    failed_.insert(code);
    report_.push_back({code, outcome, std::move(subject), std::move(saw), std::move(remedy)});
  }

  void unknown(const std::string& subject, const std::string& attr) {
    line("FRESH.UNKNOWN", Outcome::hold, subject, {{"attr", attr}, {"stated", false}},
         "The source states the attribute as an instant, of every object that is cited.");
  }

  // Near is seen, and crosses bound; an instant that is reached is over.
  void near(const std::string& subject, Instant at, Duration before) {
    if (now_ >= at - before && now_ < at) {
      line("TIME.CLOCK_NEAR", Outcome::visible, subject, {{"due", to_string(at)}, {"before", before.ms}},
           "The source names a later instant.");
    }
  }

  void citation(const packet::Cite& cite) {
    const auto source = charter_.sources.find(cite.source);
    const auto cited = dossier_.revision.citations.find(cite.citation);
    const auto object = world_.state.objects.find(cite.object);
    if (source == charter_.sources.end() || cited == dossier_.revision.citations.end() ||
        object == world_.state.objects.end() || !object->second.observed) {
      return; // FRESH.UNKNOWN says so of the citation
    }
    for (const charter::Check& check : source->second.checks) {
      if (check.kind == charter::CheckKind::valid_until && check.of.contains(cited->second.kind)) {
        valid_until(check, cite);
      }
    }
  }

  void valid_until(const charter::Check& check, const packet::Cite& cite) {
    asked_.insert({"FRESH.EXPIRED", "TIME.CLOCK_NEAR"});
    const std::string subject = "/citations/" + cite.citation;
    const auto value = attr_of(world_, charter_, cite.object, {cite.source, *check.attr});
    const auto* at = value ? std::get_if<Instant>(&*value) : nullptr;
    if (at == nullptr) {
      unknown(subject, *check.attr);
    } else if (now_ >= *at) {
      line("FRESH.EXPIRED", Outcome::hold, subject, {{"attr", *check.attr}, {"until", to_string(*at)}},
           "Upstream seals a revision that cites something still valid.");
    } else {
      near(subject, *at, *check.lead);
    }
  }

  void clock(const std::string& id, const charter::Due& due) {
    const std::string subject = "/clocks/due/" + id;
    asked_.insert("TIME.CLOCK_NEAR");
    if (due.kind == charter::DueKind::retention) {
      asked_.insert("TIME.RETENTION_EXPIRED");
    } else if (due.kind == charter::DueKind::validity) {
      asked_.insert("FRESH.EXPIRED");
    }
    if (due.compare) {
      differs(due, subject);
    }
    const auto at = due_at(world_, id_, charter_, due);
    if (!at) {
      unknown(subject, due.from.attr);
    } else if (now_ >= *at) {
      passed(due, subject, *at);
    } else {
      near(subject, *at, due.warn_before);
    }
  }

  void passed(const charter::Due& due, const std::string& subject, Instant at) {
    canon::Object saw{{"due", to_string(at)}, {"kind", std::string(charter::to_word(due.kind))}};
    if (due.kind == charter::DueKind::retention) {
      line("TIME.RETENTION_EXPIRED", Outcome::hold, subject, std::move(saw),
           "Upstream seals a revision without the part.");
    } else if (due.kind == charter::DueKind::validity) {
      line("FRESH.EXPIRED", Outcome::hold, subject, std::move(saw),
           "Upstream seals a revision that cites something still valid.");
    } else {
      saw.set("passed", true);
      line("TIME.CLOCK_NEAR", due.at_expiry == charter::AtExpiry::hold ? Outcome::hold : Outcome::visible,
           subject, std::move(saw), "The source names a later instant.");
    }
  }

  // Two sources that name the same kind of instant name the same instants.
  void differs(const charter::Due& due, const std::string& subject) {
    const bool retention = due.kind == charter::DueKind::retention;
    const std::string code = retention ? "TIME.RETENTION_CONFLICT" : "STATE.CONFLICT";
    asked_.insert(code);
    const auto one = read_instants(world_, id_, charter_, due.from);
    const auto other = read_instants(world_, id_, charter_, {*due.compare, due.from.attr});
    if (!other.known) {
      unknown(subject + "/compare", due.from.attr);
    } else if (one.known &&
               std::set(one.at.begin(), one.at.end()) != std::set(other.at.begin(), other.at.end())) {
      line(code, Outcome::hold, subject, {{"one", texts(one.at)}, {"other", texts(other.at)}},
           "The two sources name the same instant again.");
    }
  }

  void embargoed(const std::string& id, const charter::Embargo& embargo, const ReadInstants& read) {
    asked_.insert("TIME.EMBARGO");
    const bool open = read.known && std::ranges::all_of(read.at, [&](Instant at) {
                        return embargo.until ? now_ >= at : now_ < at;
                      });
    if (!open) {
      line("TIME.EMBARGO", Outcome::hold, "/windows/" + id,
           {{"kind", embargo.until ? embargo_until : embargo_after},
            {"at", texts(read.at)},
            {"known", read.known}},
           embargo.until ? "The instant passes, or is named anew; then a person requests the release."
                         : "The charter or the source names a later instant.");
    }
  }

  const World& world_;
  const PacketId& id_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const Dossier& dossier_;
  Instant now_;
  Report& report_;
  std::set<std::string> asked_;
  std::set<std::string> failed_;
};

} // namespace

std::optional<Instant> due_at(const World& world, const PacketId& id, const charter::Charter& charter,
                              const charter::Due& due) {
  const ReadInstants read = read_instants(world, id, charter, due.from);
  return read.known ? std::optional(std::ranges::min(read.at)) : std::nullopt;
}

std::optional<Instant> nearest_due(const World& world, const PacketId& id, Instant now) {
  std::optional<Instant> nearest;
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  if (charter == nullptr) {
    return nearest;
  }
  for (const auto& [name, due] : charter->clocks.due) {
    if (const auto at = due_at(world, id, *charter, due); at && *at > now) {
      nearest = std::min(nearest.value_or(*at), *at);
    }
  }
  return nearest;
}

BoundWindows bound_windows(const World& world, const PacketId& id, const charter::Charter& charter) {
  BoundWindows out;
  for (const auto& [name, window] : charter.clocks.windows) {
    ReadInstants read = instants_of(world, id, charter, window);
    if (read.known) {
      out.windows.push_back({name, kind_of(window), std::move(read.at)});
    } else {
      out.unknown.push_back(name);
    }
  }
  return out; // a map by id, so these are sorted
}

bool windows_moved(const World& world, const PacketId& id) {
  const Packet& packet = *world.state.find(id);
  ManifestId manifest;
  const charter::Charter* charter = world.active_charter(packet.lane);
  const BoundManifest* bound = packet.reviewed(&manifest) == nullptr ? nullptr : world.manifest(manifest);
  if (charter == nullptr || bound == nullptr || !packet.head) {
    return false;
  }
  const std::vector<packet::BoundWindow> now = bound_windows(world, id, *charter).windows;
  return std::ranges::any_of(bound->manifest.windows, [&](const packet::BoundWindow& window) {
    const auto at = std::ranges::find(now, window.window, &packet::BoundWindow::window);
    return at != now.end() && *at != window;
  });
}

void check_windows(const World& world, const PacketId& id, Instant now, Report& report) {
  const auto before = report.size();
  if (const charter::Charter* charter = world.active_charter(world.state.find(id)->lane)) {
    for (const auto& [name, window] : charter->clocks.windows) {
      if (const auto* shift = std::get_if<charter::Shift>(&window)) {
        check_shift(name, *shift, world.library.zones, now, report);
      } else if (std::holds_alternative<charter::Freeze>(window)) {
        check_freeze(name, instants_of(world, id, *charter, window), now, report);
      }
    }
  }
  if (report.size() == before) {
    report.push_back({"TIME.WINDOW", Outcome::not_applicable, "", {}, ""});
  }
}

void check_time(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report) {
  Time(world, id, packet, now, report).run();
}

void clock_deadlines(const World& world, const PacketId& id, const charter::Charter& charter, Instant now,
                     const std::function<void(Instant)>& consider) {
  const Packet& packet = *world.state.find(id);
  for (const packet::Cite& cite : packet.head ? packet.head->cites : std::vector<packet::Cite>{}) {
    const auto source = charter.sources.find(cite.source);
    for (const charter::Check& check :
         source == charter.sources.end() ? std::vector<charter::Check>{} : source->second.checks) {
      const auto value = check.kind == charter::CheckKind::valid_until
                             ? attr_of(world, charter, cite.object, {cite.source, *check.attr})
                             : std::nullopt;
      if (const auto* at = value ? std::get_if<Instant>(&*value) : nullptr) {
        consider(*at);
        consider(*at - *check.lead);
      }
    }
  }
  for (const auto& [name, due] : charter.clocks.due) {
    if (const auto at = due_at(world, id, charter, due)) {
      consider(*at);
      consider(*at - due.warn_before);
    }
  }
  for (const auto& [name, window] : charter.clocks.windows) {
    for (const Instant at : instants_of(world, id, charter, window).at) {
      consider(at);
    }
    if (const auto* shift = std::get_if<charter::Shift>(&window)) {
      if (const auto edge = next_edge(*shift, world.library.zones, now)) {
        consider(*edge);
      }
    }
  }
}

} // namespace sallyport::gate
