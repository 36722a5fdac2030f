#include "print.h"
#include "words.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::cli;

TEST_CASE("what evidence says cannot move a terminal's cursor or turn text around") {
  CHECK(printable("plain, \xC3\xA4 and \xE2\x9C\x93") == "plain, \xC3\xA4 and \xE2\x9C\x93");
  CHECK(printable("\x1b[2J") == "?[2J");
  CHECK(printable("a\nb\tc") == "a b c");
  CHECK(printable("a\nb", true) == "a\nb");
  CHECK(printable("\xC2\x9B"
                  "31m") == "?31m");           // C1: a control sequence of one character
  CHECK(printable("x\xE2\x80\xAEy") == "x?y"); // right-to-left override
  CHECK(printable("x\xE2\x81\xA6y") == "x?y"); // isolate
  CHECK(printable("\xFFz\xC3") == "?z?");      // no UTF-8
  CHECK(printable("\xED\xA0\x80") == "???");   // a surrogate
}

TEST_CASE("a table is aligned, has no trailing blanks and stays in 100 columns") {
  Table table({{"RESULT"}, {"CHECK"}, {"SAW", true}, {"CLEARED BY", true}});
  table.row({"hold", "FRESH.STALE", std::string(150, 'x') + " and words that go on for long",
             "The source is observed again with the same content."});
  table.row({"pass", "MIN.FIELD", "", ""});
  const std::string text = table.text(Context{});
  CHECK(text.find("CHECK") == text.find("FRESH.STALE") - text.rfind('\n', text.find("FRESH.STALE")) - 1);
  for (const std::string& line : split(text, '\n')) {
    CHECK(line.size() <= page_columns);
    CHECK_FALSE(line.ends_with(' '));
  }
  CHECK(Table({{"X"}}).text(Context{}).empty());
}

TEST_CASE("fields are aligned and empty ones left out") {
  CHECK(fields({{"a", "1"}, {"longer", "2"}, {"muchlonger", ""}}) == "a       1\nlonger  2\n");
}

TEST_CASE("a value in one line") {
  CHECK(inline_text(canon::Object{{"n", 1}, {"ok", true}, {"who", canon::Array{"a", "b\x1b"}}}) ==
        "n: 1, ok: yes, who: a, b?");
  CHECK(text_at(canon::Object{{"x", nullptr}}, "x").empty());
}

TEST_CASE("a command that is shown can be pasted") {
  CHECK(shell_quoted("/tmp/a-b.json") == "/tmp/a-b.json");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's; rm $X") == "'it'\\''s; rm $X'");
  CHECK(shell_quoted("") == "''");
}

TEST_CASE("durations and instants of a command line") {
  CHECK(read_duration("90d", "--for")->ms == 90LL * 86'400'000);
  CHECK(read_duration("0s", "--for").error().exit == Exit::usage);
  CHECK(read_duration("soon", "--for").error().exit == Exit::usage);
  CHECK(read_instant("2026-11-20", "--from").error().exit == Exit::usage);
}
