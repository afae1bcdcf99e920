#include "cloudflow/native/http/server_streamlet.hpp"

namespace cloudflow::native {

http_server_streamlet::http_server_streamlet()
    : port_("port", "The port to listen on. 0: 3000 in a pod, the first free one from 3000 on in the sandbox.", 0)
    , certificate_("tls-certificate-file",
                   "A mounted PEM file with the chain of certificates; with it the server speaks TLS only.",
                   std::string())
    , key_("tls-key-file", "The mounted PEM file with the key of the certificate.", std::string()) {}

cloudflow::streamlet::streamlet_shape
http_server_streamlet::serving(cloudflow::streamlet::streamlet_shape shape) const {
  return std::move(shape).with(cloudflow::streamlet::server(), port_, certificate_, key_);
}

stream::runnable http_server_streamlet::build(const context& ctx) const {
  http::server_options options;
  options.name = ctx.name().value();
  options.address = ctx.local() ? "127.0.0.1" : "0.0.0.0";
  const auto port = ctx.value(port_);
  if (port < 0 || port > 65535)
    throw cloudflow::streamlet::context_error("the parameter 'port' is " + std::to_string(port) +
                                              ": it should be one of 0 to 65535");
  options.port = static_cast<std::uint16_t>(port == 0 && !ctx.local() ? 3000 : port);
  const auto certificate = ctx.value(certificate_);
  const auto key = ctx.value(key_);
  if (certificate.empty() != key.empty())
    throw cloudflow::streamlet::context_error(
        "'tls-certificate-file' and 'tls-key-file' go together: one of them is missing");
  if (!certificate.empty()) options.tls = http::tls_files{certificate, key};
  http_service service(ctx);
  auto graph = serve(ctx, service);
  service.bind(std::move(options));
  return graph;
}

} // namespace cloudflow::native
