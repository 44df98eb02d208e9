// Somebody at a chat with the official client. Reads a line {address, auth}, then texts to say; prints what happens.
"use strict";
const { io } = require("socket.io-client");
const lines = require("node:readline").createInterface({ input: process.stdin });
const print = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

let socket = null;
lines.on("line", (line) => {
  const said = JSON.parse(line);
  if (socket === null) {
    socket = io(said.address, { auth: said.auth, reconnection: false });
    socket.on("connect", () => print(["connected"]));
    socket.on("connect_error", (error) => print(["refused", error.message, error.data]));
    socket.on("message", (message) => print(["message", message.number, message.text]));
    socket.on("closed", (why) => print(["closed", why.code]));
    socket.on("disconnect", (reason) => print(["disconnect", reason]));
  } else {
    socket.emit("message", said, (answer) => print(["answer", answer.ok]));
  }
});
lines.on("close", () => {
  if (socket) socket.disconnect();
  process.exit(0);
});
