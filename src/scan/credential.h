// What tells a credential from a word: placeholders, entropy, shape.
#pragma once

#include <string_view>

namespace sallyport::scan {

// Shannon entropy of the bytes, in bits per byte.
double entropy(std::string_view text);

// A value that stands in documentation or after redaction: "<token>", "xxxx", "****", "${TOKEN}",
// "REDACTED", a published example key, one character again and again.
bool is_placeholder(std::string_view value);

// As is_placeholder(), for tokens of a fixed alphabet, in which a word may occur by chance.
bool is_token_placeholder(std::string_view token);

// "token_type", "password_policy": names of things about a credential.
bool is_about_credential(std::string_view key_tail);

bool is_password(std::string_view value, bool strong_context);
bool is_opaque_token(std::string_view value); // beside a key: 12 characters, 3 bits
bool is_loose_token(std::string_view value);  // near a word: 24 characters, 4 bits, three kinds
bool is_jwt(std::string_view token);
bool is_whole_jwt_header(std::string_view part); // what stands before the first dot, to its last character

// The logarithm of how much likelier the characters of a value, read without the blanks between them, are
// those of words than drawn at random: by how often each letter is met, and what stands beside what.
double prose_odds(std::string_view value);

bool is_aws_secret(std::string_view value);
bool is_session_name(std::string_view cookie);

} // namespace sallyport::scan
