// A Socket.IO 4.8 server for loginstorm, as somebody would write it: accounts from a file, one
// session for each account, and a limit.
//
//     node socketio.js PORT ACCOUNTS.csv LIMIT
const fs = require("fs");
const http = require("http");
const { Server } = require("socket.io");

const [port, accounts, limit] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const passwords = new Map(fs.readFileSync(accounts, "utf8").trim().split("\n").map((line) => line.split(",")));
const online = new Map(); // Account -> its socket.

const server = http.createServer((request, response) => {
  if (request.url === "/sessions") return response.end(`${online.size}\n`);
  if (request.url === "/metrics") return response.end(`# TYPE socketio_sessions gauge\nsocketio_sessions ${online.size}\n`);
  response.writeHead(404).end();
});
const io = new Server(server, { transports: ["websocket"], pingInterval: 10000, pingTimeout: 5000 });

function refuse(next, code, message) {
  const error = new Error(message);
  error.data = { code };
  next(error);
}

io.use((socket, next) => {
  const { user, token } = socket.handshake.auth;
  if (!passwords.has(user)) return refuse(next, 404, "no such account");
  if (passwords.get(user) !== token) return refuse(next, 401, "wrong password");
  if (online.size >= limit && !online.has(user)) return refuse(next, 503, "too many sessions");
  next();
});

io.on("connection", (socket) => {
  const { user } = socket.handshake.auth;
  const older = online.get(user);
  online.set(user, socket);
  if (older) {
    older.emit("kicked", { reason: "logged in elsewhere" });
    older.disconnect(true);
  }
  socket.on("disconnect", () => online.get(user) === socket && online.delete(user));
});

process.on("SIGTERM", () => io.close(() => process.exit(0)));
server.listen(port, "127.0.0.1", 4096);
