// Beast's parser, compiled once. Apart from asio_src.cc so that two cores share the work.
#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#include <boost/beast/src.hpp>
