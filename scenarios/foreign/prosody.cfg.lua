-- Prosody 0.12 for loginstorm: XMPP over WebSocket on loopback alone. gateway.sh puts this
-- behind the lines that name its own directory.
daemonize = false
run_as_root = true -- Where it is started by root.
network_backend = "epoll"
network_settings = { tcp_backlog = 1024 }

modules_enabled = { "saslauth", "websocket", "disco", "ping", "http_openmetrics" }
modules_disabled = { "s2s" }
c2s_ports = {} -- WebSockets alone.

http_ports = { 15480 }
http_interfaces = { "127.0.0.1" }
https_ports = {}
consider_websocket_secure = true
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
statistics = "internal"
statistics_interval = "manual" -- Counted when /metrics is asked for.
openmetrics_allow_ips = { "127.0.0.1" }

authentication = "internal_plain"
conflict_resolve = "kick_old" -- A second login of the same resource pushes the first one out.

http_default_host = "localhost" -- Whatever the Host header says.

VirtualHost "localhost"
