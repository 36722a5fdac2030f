#include "scenario/run.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::scenario;

TEST_CASE("the forms of the language can be read") {
  for (const Verb* verb : verbs()) {
    CHECK_FALSE(form_of(verb->form).empty());
  }
}
