#!/usr/bin/env bash
# Real gateways that nobody here wrote, on loopback, to try loginstorm against:
#
#     ./gateway.sh prosody up        Prosody 0.12, XMPP        ws://127.0.0.1:15480
#     ./gateway.sh mochi up          mochi-mqtt 2.7.9, MQTT    ws://127.0.0.1:15481
#     ./gateway.sh socketio up       socket.io 4.8.1           ws://127.0.0.1:15483
#
#     up        fetches it where that takes no root, writes its configuration, and starts it
#     start     starts it as it was; returns when it listens
#     stop      asks it to end (SIGTERM); returns when it is gone
#     kill      kill -9; returns when it is gone
#     leave     stop, or kill where LOGINSTORM_BY says so: for the hook of restart
#     sessions  prints how many sessions the server itself counts
#     expect N  fails unless it counts N within ten seconds
#     down      kills it and removes what it wrote
#
# LOGINSTORM_FOREIGN is the directory for all that (~/.cache/loginstorm-foreign), ACCOUNTS a
# list of accounts in place of accounts.csv, LIMIT how many sessions mochi and socketio let
# in. What is missing is said, with the command that brings it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
server=${1:-} verb=${2:-} argument=${3:-}
root=${LOGINSTORM_FOREIGN:-${XDG_CACHE_HOME:-$HOME/.cache}/loginstorm-foreign}
accounts=${ACCOUNTS:-$here/accounts.csv}
limit=${LIMIT:-100000}
state=$root/$server

fail() { echo "gateway.sh: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || fail "$1 is missing: $2"; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

case $server in
prosody) port=15480 ;;
mochi) port=15481 ;;
socketio) port=15483 ;;
*) usage ;;
esac

# What is fetched stays in $root, beside what each server writes.

up_prosody() {
	need prosody "apt-get install prosody (0.12; its own service need not run)"
	mkdir -p "$state/data/localhost/accounts"
	awk -F, -v dir="$state/data/localhost/accounts/" '{
		name = $1; gsub(/-/, "%2d", name); file = dir name ".dat"
		printf "return {\n\t[\"password\"] = \"%s\";\n};\n", $2 > file; close(file)
	}' "$accounts"
	{
		printf 'data_path = "%s"\npidfile = "%s"\nlog = { warn = "%s" }\n' "$state/data" "$state/prosody.pid" "$state/prosody.log"
		cat "$here/prosody.cfg.lua"
	} >"$state/prosody.cfg.lua"
}

up_mochi() {
	if [ ! -x "$root/bin/docker" ]; then
		need go "https://go.dev/dl, 1.21 or later"
		GOBIN=$root/bin go install github.com/mochi-mqtt/server/v2/cmd/docker@v2.7.9 || fail "mochi-mqtt is missing, and the Go module proxy did not give it"
	fi
	{
		sed "s/LIMIT/$limit/" "$here/mochi.yaml"
		echo "hooks: {auth: {ledger: {users: {"
		awk -F, '{ printf "  \"%s\": {password: \"%s\"},\n", $1, $2 }' "$accounts"
		echo "}}}}"
	} >"$state/mochi.yaml"
}

up_socketio() {
	need node "apt-get install nodejs, 18 or later"
	if [ ! -d "$root/node_modules/socket.io" ]; then
		need npm "apt-get install npm"
		npm install --silent --no-audit --no-fund --prefix "$root" socket.io@4.8.1 || fail "socket.io is missing, and the npm registry did not give it"
	fi
	cp "$here/socketio.js" "$state/"
	cp "$accounts" "$state/accounts.csv"
	echo "$limit" >"$state/limit"
}

# program sets command to what runs the server.
program() {
	case $server in
	prosody) command=(prosody -F --config "$state/prosody.cfg.lua") ;;
	mochi) command=("$root/bin/docker" --config "$state/mochi.yaml") ;;
	socketio) command=(node "$state/socketio.js" "$port" "$state/accounts.csv" "$(cat "$state/limit")") ;;
	esac
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# alive is false also for what is dead and not yet reaped.
alive() {
	[ -s "$state/pid" ] || return 1
	case $(ps -o stat= -p "$(cat "$state/pid")" 2>/dev/null) in
	"" | Z*) return 1 ;;
	esac
}

# within waits until a command succeeds, so many tenths of a second.
within() {
	local left=$1
	shift
	until "$@"; do
		[ $((left -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}

start() {
	[ -d "$state" ] || fail "$server was never up: ./gateway.sh $server up"
	alive && return
	listens && fail "port $port is taken by something else"
	ulimit -n "$(ulimit -Hn)"
	program
	setsid "${command[@]}" </dev/null >>"$state/output.log" 2>&1 &
	echo $! >"$state/pid"
	within 150 listens || fail "$server does not listen on 127.0.0.1:$port: $(tail -n 3 "$state/output.log")"
}

gone() { ! alive; }

end() {
	alive || return 0
	kill "-$1" "$(cat "$state/pid")"
	within 300 gone || fail "$server does not end"
}

# sessions prints the server's own count.
sessions() {
	case $server in
	prosody) curl -fsS "http://127.0.0.1:$port/metrics" | awk '/^prosody_mod_c2s__connections\{/ { n += $NF } END { print n + 0 }' ;;
	mochi) curl -fsS http://127.0.0.1:15482/ | sed -n 's/.*"clients_connected": *\([0-9]*\).*/\1/p' ;;
	socketio) curl -fsS "http://127.0.0.1:$port/sessions" ;;
	esac
}

counts() { [ "$(sessions)" = "$argument" ]; }

case $verb in
up)
	[ -r "$accounts" ] || fail "no list of accounts at $accounts"
	end KILL
	mkdir -p "$state"
	"up_$server"
	start
	echo "$server listens on ws://127.0.0.1:$port, with $(wc -l <"$accounts") accounts" >&2
	;;
start) start ;;
stop) end TERM ;;
kill) end KILL ;;
leave) if [ "${LOGINSTORM_BY:-}" = kill ]; then end KILL; else end TERM; fi ;;
sessions) sessions ;;
expect) within 100 counts || fail "$server counts $(sessions) sessions, and not $argument" ;;
down)
	end KILL
	rm -rf "$state"
	;;
*) usage ;;
esac
