#include "dump_page.h"

#include "dump/regions.h"
#include "dump_report.h"
#include "print.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace sallyport::cli {
namespace {

constexpr std::array<std::string_view, 6> fate_names{"structure", "empty", "redacted",
                                                     "pointer",   "text",  "binary"};
constexpr std::array<std::string_view, 6> fate_colours{"#9aa5b1", "#eef1f4", "#1f2933",
                                                       "#3e7cb1", "#d64545", "#c9b458"};
constexpr std::array<std::string_view, 6> fate_words{
    "structure of the file", "empty, and was",      "redacted", "kept as a pointer or small number",
    "kept, and can be read", "kept, and is no text"};
constexpr int cells_in_a_row = 64;
constexpr int cell_width = 14;
constexpr int cell_height = 16;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '&':
      out += "&amp;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

std::string cell_at(const canon::Value& value, std::string_view name) {
  return escaped(text_at(value, name));
}

double figure_at(const canon::Value& value, std::string_view name) {
  const canon::Value* member = value.find(name);
  return member == nullptr || member->integer() == nullptr ? 0.0 : static_cast<double>(*member->integer());
}

// Classes turn around the circle, so that neighbours of the list differ.
std::string colour_of(std::string_view klass) {
  const auto rules = dump::region_classes();
  const auto found = std::ranges::find(rules, klass, &dump::ClassRule::name);
  const auto index = static_cast<int>(found - rules.begin());
  const bool grey = klass == "structure" || klass == "padding";
  return grey ? "#dfe4ea" : fmt::format("hsl({},45%,{}%)", index * 137 % 360, index % 2 == 0 ? 72 : 80);
}

std::string row_of(std::initializer_list<std::string> cells) {
  std::string out = "<tr>";
  for (const std::string& cell : cells) {
    out += "<td>" + cell + "</td>";
  }
  return out + "</tr>\n";
}

std::string table_of(std::string_view title, std::initializer_list<std::string_view> heads,
                     const std::string& rows) {
  if (rows.empty()) {
    return {};
  }
  std::string out = fmt::format("<h2>{}</h2>\n<table><thead><tr>", title);
  for (const std::string_view head : heads) {
    out += fmt::format("<th>{}</th>", head);
  }
  return out + "</tr></thead><tbody>\n" + rows + "</tbody></table>\n";
}

// ---- the picture

// A cell is so many bytes of the file: its ground is the class of most of them, and what became of them is
// drawn from the bottom up, each as high as its share.
std::string cell_of(const canon::Array& cell, int x, int y) {
  const std::string klass = cell.empty() || cell[0].string() == nullptr ? "" : *cell[0].string();
  std::vector<double> bytes;
  double sum = 0;
  for (std::size_t i = 1; i < cell.size() && bytes.size() < fate_names.size(); ++i) {
    bytes.push_back(cell[i].integer() == nullptr ? 0.0 : static_cast<double>(*cell[i].integer()));
    sum += bytes.back();
  }
  std::string out =
      fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{}</title></rect>",
                  x, y, cell_width - 1, cell_height - 1, colour_of(klass), escaped(klass));
  double bottom = y + cell_height - 1;
  for (const std::size_t fate : {2U, 4U, 3U}) { // redacted, text, pointer
    const double height = fate < bytes.size() && sum > 0 ? (cell_height - 1) * bytes[fate] / sum : 0.0;
    if (height > 0) {
      bottom -= height;
      out += fmt::format("<rect x=\"{}\" y=\"{:.2f}\" width=\"{}\" height=\"{:.2f}\" fill=\"{}\"/>", x + 1,
                         bottom, cell_width - 3, height, fate_colours[fate]);
    }
  }
  const bool found =
      cell.size() > fate_names.size() + 1 && cell.back().integer() != nullptr && *cell.back().integer() > 0;
  if (found) {
    out += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"2.5\" fill=\"#f7b32b\" stroke=\"#1f2933\"/>",
                       x + cell_width - 5, y + 4);
  }
  return out + "\n";
}

std::string picture_of(const canon::Object& report) {
  const canon::Value* picture = report.find("picture");
  if (picture == nullptr || array_at(*picture, "cells").empty()) {
    return {};
  }
  const canon::Array& cells = array_at(*picture, "cells");
  const int rows = (static_cast<int>(cells.size()) + cells_in_a_row - 1) / cells_in_a_row;
  std::string out =
      fmt::format("<h2>The file, from its first byte to its last</h2>\n<p>Each cell is {:.0f} bytes. "
                  "Its ground is the class of most of them.</p>\n"
                  "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"regions by class\">\n",
                  figure_at(*picture, "cell_bytes"), cells_in_a_row * cell_width, rows * cell_height);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].array() != nullptr) {
      const int at = static_cast<int>(i);
      out += cell_of(*cells[i].array(), at % cells_in_a_row * cell_width, at / cells_in_a_row * cell_height);
    }
  }
  out += "</svg>\n<p class=\"legend\">";
  for (const std::size_t fate : {2U, 4U, 3U}) {
    out +=
        fmt::format("<span><i style=\"background:{}\"></i>{}</span> ", fate_colours[fate], fate_words[fate]);
  }
  return out + "<span><i style=\"background:#f7b32b\"></i>something was found there</span></p>\n";
}

std::string bar_of(const canon::Value& bytes, double sum) {
  std::string out = "<svg class=\"bar\" viewBox=\"0 0 300 12\" preserveAspectRatio=\"none\">";
  double x = 0;
  for (std::size_t i = 0; i < fate_names.size(); ++i) {
    const double width = sum > 0 ? 300 * figure_at(bytes, fate_names[i]) / sum : 0;
    out += fmt::format("<rect x=\"{:.2f}\" width=\"{:.2f}\" height=\"12\" fill=\"{}\"/>", x, width,
                       fate_colours[i]);
    x += width;
  }
  return out + "</svg>";
}

std::string classes_of(const canon::Object& report) {
  const canon::Value* coverage = report.find("coverage");
  const canon::Value* classes = coverage == nullptr ? nullptr : coverage->find("classes");
  if (classes == nullptr || classes->object() == nullptr) {
    return {};
  }
  std::string rows;
  for (const auto& [name, bytes] : *classes->object()) {
    double sum = 0;
    for (const std::string_view fate : fate_names) {
      sum += figure_at(bytes, fate);
    }
    rows += row_of({fmt::format("<i style=\"background:{}\"></i>{}", colour_of(name), escaped(name)),
                    fmt::format("{:.0f}", sum), fmt::format("{:.0f}", figure_at(bytes, "redacted")),
                    fmt::format("{:.0f}", figure_at(bytes, "pointer")),
                    fmt::format("{:.0f}", figure_at(bytes, "text")), bar_of(bytes, sum)});
  }
  std::string legend = "<p class=\"legend\">";
  for (std::size_t i = 0; i < fate_names.size(); ++i) {
    legend += fmt::format("<span><i style=\"background:{}\"></i>{}</span> ", fate_colours[i], fate_words[i]);
  }
  return table_of("What became of every byte",
                  {"class", "bytes", "redacted", "pointers", "readable text", "of all its bytes"}, rows) +
         legend + "</p>\n";
}

// ---- tables

std::string groups_of(const canon::Object& report, std::string_view member, std::string_view title) {
  std::string rows;
  for (const canon::Value& group : rows_of(report, member)) {
    rows += row_of({cell_at(group, "exposure"), cell_at(group, "class"), cell_at(group, "rule"),
                    cell_at(group, "count"), cell_at(group, "bytes"), cell_at(group, "preview")});
  }
  return table_of(title, {"exposure", "class", "rule", "count", "bytes", "shape of the first"}, rows);
}

std::string held_words(const canon::Object& report) {
  std::string rows;
  for (const canon::Value& held : rows_of(report, "held")) {
    rows += row_of({cell_at(held, "cause"), cell_at(held, "where"), cell_at(held, "why")});
  }
  return table_of("Held", {"cause", "where", "why"}, rows);
}

std::string differs_of(const canon::Object& report) {
  std::string rows;
  for (const canon::Value& group : rows_of(report, "differs")) {
    rows += row_of({cell_at(group, "change"), cell_at(group, "class"), cell_at(group, "exposure"),
                    cell_at(group, "places"), cell_at(group, "bytes")});
  }
  return table_of("What differs from the original", {"change", "class", "exposure", "places", "bytes"}, rows);
}

// Every member of an object that is one line.
std::string lines_of(const canon::Object& report, std::string_view member, std::string_view title) {
  const canon::Value* value = report.find(member);
  std::string rows;
  if (value != nullptr && value->object() != nullptr) {
    for (const auto& [name, one] : *value->object()) {
      rows += row_of({escaped(name), escaped(inline_text(one))});
    }
  }
  return table_of(title, {"", ""}, rows);
}

constexpr std::string_view style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1f2933}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #dfe4ea;vertical-align:top;"
    "overflow-wrap:anywhere}svg{width:100%;height:auto}.bar{height:12px;min-width:12rem}"
    ".legend "
    "span{margin-right:1rem;display:inline-block}i{display:inline-block;width:.8em;height:.8em;margin-right:."
    "4em;"
    "border:1px solid #9aa5b1}.clean{color:#207227}.held{color:#ab091e}";

} // namespace

std::string page_of(const canon::Object& report, std::string_view title) {
  const std::size_t reasons = rows_of(report, "held").size();
  const std::string verdict =
      reasons == 0
          ? "<p class=\"clean\">Clean: read whole, scanned again, and nothing is found in the copy.</p>\n"
          : fmt::format("<p class=\"held\">Held, with {} {}.</p>\n", reasons,
                        reasons == 1 ? "reason" : "reasons");
  return fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                     "'unsafe-inline'\">"
                     "<title>{0}</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n",
                     escaped(title), style) +
         verdict + held_words(report) + picture_of(report) + classes_of(report) +
         groups_of(report, "found", "What was found in the original") +
         groups_of(report, "left", "What is found in the copy") + differs_of(report) +
         lines_of(report, "facts", "For the gate") + lines_of(report, "unwind", "The walk of its threads") +
         lines_of(report, "pins", "Scanned with") +
         "<p>Whether the copy may be passed on is not said here: that is a person's decision, on a "
         "packet.</p>\n"
         "</body></html>\n";
}

} // namespace sallyport::cli
