// A visitor of a variant made of lambdas: std::visit(Overloaded{[](A) {}, [](B) {}}, variant).
#pragma once

namespace porchlight {

// Inherits the call operators of all of its bases.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace porchlight
