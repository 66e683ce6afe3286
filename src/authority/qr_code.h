// QR codes as images in a page.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::authority {

// An `<svg>` element that shows the text as a QR code, and has `label` as its name for screen readers. It has no style,
// script or address, so the strictest policy permits it. `label` must be escaped. Throws std::runtime_error if the text
// is longer than a QR code holds (2,331 bytes at this level of correction) or without memory. Any thread.
std::string qr_svg(std::string_view text, std::string_view label);

}  // namespace porchlight::authority
