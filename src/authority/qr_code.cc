// Modules of the code, by libqrencode, as one path of squares.
#include "authority/qr_code.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <iterator>
#include <memory>
#include <stdexcept>

namespace porchlight::authority {
namespace {

constexpr int kQuietZone = 4;  // light modules around the code (ISO/IEC 18004)
constexpr unsigned char kDark = 1;

}  // namespace

std::string qr_svg(std::string_view text, std::string_view label) {
  const std::unique_ptr<QRcode, decltype([](QRcode* code) { QRcode_free(code); })> code(
      QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_M));
  if (!code) throw std::runtime_error("libqrencode failed");
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if ((code->data[y * code->width + x] & kDark) != 0)
        fmt::format_to(std::back_inserter(path), "M{} {}h1v1h-1z", x + kQuietZone, y + kQuietZone);
    }
  }
  const int side = code->width + 2 * kQuietZone;
  return fmt::format(
      "<svg role=\"img\" aria-label=\"{0}\" viewBox=\"0 0 {1} {1}\" width=\"220\" height=\"220\">"
      "<path fill=\"#fff\" d=\"M0 0h{1}v{1}h-{1}z\"/><path fill=\"#000\" d=\"{2}\"/></svg>",
      label, side, path);
}

}  // namespace porchlight::authority
