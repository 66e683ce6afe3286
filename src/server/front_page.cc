// The addresses are relative, so that the page is right behind a proxy too.
#include "server/front_page.h"

#include "authority/pages.h"
#include "graph/wire/request_headers.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kBody =
    R"(<p>This is a Porchlight server. It speaks the presence API of Microsoft Graph: programs read and set here
whether people are available, busy or away.</p>
<p>It has no pages of its own to work with. Call it from a program, with a token:</p>
<pre>curl -H "Authorization: Bearer $token" https://&hellip;/v1.0/me/presence</pre>
<ul>
<li><a href="/v1.0/">/v1.0/</a>: what the API serves; <a href="/v1.0/$metadata">$metadata</a>: its types</li>
<li><a href="/porchlight/v1/openapi.json">openapi.json</a>: the routes that Microsoft Graph does not have</li>
<li><a href="/.well-known/openid-configuration">openid-configuration</a>: the issuer and keys of this server's tokens</li>
<li><a href="/readyz">/readyz</a>: whether the server takes requests</li>
</ul>
<p>To get a token, ask the operator of this server, or run <code>porchlight token --help</code> on its machine. The
documents that came with the server begin at <code>docs/README.md</code>.</p>
)";

}  // namespace

bool wants_front_page(const http::Request& request) {
  const bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  return reads && request.path == "/" && graph::prefers_html(request.header("accept"));
}

void write_front_page(const http::Request& request, http::Response& response) {
  static const std::string kPage = authority::html_page("en", "Porchlight", kBody);
  static const std::string kPolicy = authority::page_policy("");
  response.add("Content-Type", "text/html; charset=utf-8");
  response.add("Cache-Control", "no-cache");
  response.add("Vary", "Accept");
  response.add("Content-Security-Policy", kPolicy);
  response.add("X-Content-Type-Options", "nosniff");
  response.add("Referrer-Policy", "no-referrer");
  if (request.listener_kind == http::ListenerKind::kTls)
    response.add("Strict-Transport-Security", "max-age=31536000");
  response.body = kPage;
}

}  // namespace porchlight::server
