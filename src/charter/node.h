// A charter's text as a tree whose nodes know where they stand: what TOML and JSON have in common.
#pragma once

#include "charter/parse.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::charter {

struct Member;

struct Node {
  enum class Kind {
    table,
    array,
    text,
    integer,
    boolean,
    instant, // TOML only; `text` is its canonical spelling
    other,   // floats, local dates, null: never legal
  };
  Kind kind = Kind::other;
  std::string text;
  std::int64_t integer = 0; // a boolean is 0 or 1
  std::vector<Member> members;
  std::vector<Node> items;
  Position at;

  const Node* find(std::string_view name) const; // member of a table; null where absent
};

struct Member {
  std::string name;
  Position at; // of the key
  Node value;
};

// The syntax decides how durations and instants are written.
enum class Syntax { toml, json };

// The error is a fault E01 at its place.
std::expected<Node, Fault> toml_tree(std::string_view text);
std::expected<Node, Fault> json_tree(std::string_view text);

// E01. The message says `why`, which is a sentence without a full stop.
Fault unreadable(std::string path, Position at, std::string_view why);

} // namespace sallyport::charter
