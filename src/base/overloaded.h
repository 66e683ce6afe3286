// Several lambdas as one visitor of a variant.
#pragma once

namespace porchlight {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace porchlight
