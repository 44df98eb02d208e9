// The messages of a deal as they are written: Socket.IO (protocol 5) over the browser's own WebSocket.
// Comfort only: without this file the form sends them, and the page shows them.
"use strict";

(() => {
  const chat = document.getElementById("chat");
  if (!chat) return;
  const list = chat.querySelector("ol");
  const form = chat.querySelector("form");
  const answers = new Map();
  let seen = Number(chat.dataset.after);
  let read = seen;
  let socket = null;
  let joined = false;
  let sentAway = false;
  let pauseMs = 1000;
  let asked = 0;

  const times = new Intl.DateTimeFormat(document.documentElement.lang === "ru" ? "ru" : "en-GB", {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });

  function paragraph(words, text) {
    const made = document.createElement("p");
    made.className = words;
    made.textContent = text;
    return made;
  }

  function show(message) {
    if (message.number <= seen) return;
    seen = message.number;
    chat.querySelector("[data-nothing]")?.remove();
    const line = document.createElement("li");
    const own = message.author === chat.dataset.party;
    if (own) line.className = "own";
    const who = document.createElement("bdi");
    who.textContent = own ? chat.dataset.you : chat.dataset.other;
    const head = paragraph("muted small", `, ${times.format(new Date(message.sent_at))}`);
    head.prepend(who);
    const text = paragraph("words", message.text);
    text.dir = "auto";
    line.append(head, text);
    if (message.masked) line.append(paragraph("muted small", chat.dataset.masked));
    list.append(line);
    if (chat.contains(document.activeElement)) line.scrollIntoView({ block: "nearest" });
    noteRead();
  }

  function noteRead() {
    if (!joined || read >= seen || document.visibilityState !== "visible") return;
    read = seen;
    socket.send(`42${JSON.stringify(["read", { number: read }])}`);
  }
  document.addEventListener("visibilitychange", noteRead);

  // Engine.IO: 0 open, 2 ping, 3 pong, 4 message. In a message: 0 connected, 1 ended, 2 event, 3 answer, 4 refused.
  function receive(packet) {
    if (packet === "2") socket.send("3");
    else if (packet[0] === "0") socket.send(`40${JSON.stringify({ chat_id: chat.dataset.chat, after: seen })}`);
    else if (packet.startsWith("40")) {
      joined = true;
      pauseMs = 1000;
      noteRead();
    } else if (packet.startsWith("42")) {
      const [event, what] = JSON.parse(packet.slice(2));
      if (event === "message") show(what);
      if (event === "closed") sentAway = what.status === 401 || what.status === 404;
    } else if (packet.startsWith("43")) {
      const answer = answers.get(parseInt(packet.slice(2), 10));
      if (answer) answer(JSON.parse(packet.slice(packet.indexOf("[")))[0]);
    } else if (packet.startsWith("44")) sentAway = true;
  }

  function connect() {
    const url = new URL("/socket.io/?EIO=4&transport=websocket", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url);
    socket.addEventListener("message", (event) => receive(String(event.data)));
    socket.addEventListener("close", () => {
      joined = false;
      answers.forEach((answer) => answer(null));
      if (sentAway) return;
      setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, 30000);
    });
  }

  // The form's key names the message: if the answer is lost, the form itself can send it without saying it twice.
  form.addEventListener("submit", async (event) => {
    const text = form.elements.text.value.trim();
    if (!joined || !text) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.saying) return;
    form.dataset.saying = "yes";
    const number = (asked += 1);
    const key = form.elements.key;
    const answer = await new Promise((resolve) => {
      answers.set(number, resolve);
      setTimeout(() => resolve(null), 10000);
      socket.send(`42${number}${JSON.stringify(["message", { text, id: key.value }])}`);
    });
    answers.delete(number);
    delete form.dataset.saying;
    if (answer === null || !answer.ok) {
      form.submit(); // and the page says what is wrong
      return;
    }
    form.elements.text.value = "";
    key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    show(answer.message);
  });

  window.addEventListener("pagehide", () => {
    sentAway = true;
    socket.close();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sentAway = false;
    connect();
  });
  connect();
})();
