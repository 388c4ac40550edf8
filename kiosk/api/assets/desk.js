// The desk's page: what waits for somebody, live. It asks the door as every till does.

const RETRY_MS = [1000, 2000, 5000, 10000];
const SILENT_MS = 20000; // the door says something every 15 s at the latest
const RING_MS = 20000;
const NEWS = new Set(["task", "alarm", "again"]);

const $ = (id) => document.getElementById(id);
const kinds = { call: "calls", alarm: "alarms", task: "tasks" };
const rows = new Map(); // key of a task -> its <li>
const keys = new Map(); // number of a call -> the key of its answer, the same for a repeat
let words = {};
let language = localStorage.getItem("foyer.language") || navigator.language.slice(0, 2);
let token = sessionStorage.getItem("foyer.token") || "";
let stop = null; // ends the connection that is there
let tries = 0;
let lostAt = null;
let shown = null; // the tasks that are shown; null before the first answer
let ringing = null;
let audio = null;

// --- words ---------------------------------------------------------------------------------

function say(key, args = {}) {
  return (words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => args[name] ?? whole);
}

async function learn(wanted) {
  const answer = await fetch("desk/words", { headers: { "Accept-Language": wanted } });
  const told = await answer.json();
  ({ words, language } = told);
  document.documentElement.lang = language;
  for (const part of document.querySelectorAll("[data-word]")) {
    // What stands between backticks is typed as it is.
    part.replaceChildren(...say(part.dataset.word).split("`").map((text, place) => {
      if (place % 2 === 0) return text;
      const typed = document.createElement("code");
      typed.textContent = text;
      return typed;
    }));
  }
  $("languages").replaceChildren(...Object.entries(told.languages).map(([code, name]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.lang = code;
    button.textContent = name;
    button.setAttribute("aria-pressed", String(code === language));
    button.addEventListener("click", () => choose(code));
    return button;
  }));
  tell();
}

async function choose(code) {
  localStorage.setItem("foyer.language", code);
  await learn(code);
  document.querySelector('#languages [aria-pressed="true"]').focus();
  if (token) await load();
}

function clock(moment) {
  const at = new Date(moment);
  const today = at.toDateString() === new Date().toDateString();
  const day = today ? {} : { day: "2-digit", month: "2-digit" };
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return at.toLocaleString(language === "en" ? "en-GB" : language, { ...day, ...time });
}

// --- the connection ------------------------------------------------------------------------

function headers(more = {}) {
  return { Authorization: `Bearer ${token}`, "Accept-Language": language, ...more };
}

function tell() {
  $("enter").hidden = Boolean(token);
  $("board").hidden = !token || shown === null;
  $("leave").hidden = !token;
  $("link").hidden = !token;
  const off = !token || lostAt !== null || shown === null;
  $("link").className = off ? "off" : "";
  $("link").textContent = off ? say("board.connecting") : say("board.connected");
  $("lost").hidden = lostAt === null || !token;
  if (lostAt !== null) $("lost").textContent = say("board.lost", { time: clock(lostAt) });
  // Of what nobody knows any more it is not said that all is well.
  $("nothing").hidden = lostAt !== null || shown === null || shown.length > 0;
  $("mute").hidden = audio !== null && audio.state === "running";
}

function report(sentence) {
  $("said").textContent = sentence;
  $("said").hidden = !sentence;
}

async function refusal(answer) {
  const told = await answer.json().catch(() => null);
  return told?.error?.sentence || `${answer.status}`;
}

async function connect() {
  if (!token || stop) return;
  const ending = new AbortController();
  stop = () => ending.abort();
  let silent = 0;
  const heard = () => {
    clearTimeout(silent);
    silent = setTimeout(stop, SILENT_MS);
  };
  try {
    heard();
    const answer = await fetch("v1/events", { headers: headers(), signal: ending.signal });
    if (answer.status === 401 || answer.status === 403) return leave(await refusal(answer));
    if (!answer.ok) throw new Error(await refusal(answer));
    await load();
    lostAt = null;
    tries = 0;
    tell();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      heard();
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      if (events.some((event) => NEWS.has(/^event: (\w+)$/m.exec(event)?.[1]))) await load();
    }
  } catch {
    // What it was makes no difference: there is no connection.
  } finally {
    clearTimeout(silent);
    stop = null;
  }
  if (!token) return;
  lostAt ??= Date.now();
  tell();
  setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
}

async function load() {
  const answer = await fetch("v1/tasks", { headers: headers() });
  if (!answer.ok) throw new Error(await refusal(answer));
  const told = await answer.json();
  $("kiosk").textContent = told.kiosk;
  show(told.tasks);
}

function leave(why = "") {
  token = "";
  shown = null;
  lostAt = null;
  sessionStorage.removeItem("foyer.token");
  if (stop) stop();
  ring([]);
  report(why);
  tell();
  $("token").focus();
}

// --- what is shown -------------------------------------------------------------------------

function row(task) {
  const item = document.createElement("li");
  for (const name of ["what", "since", "do"]) {
    const part = document.createElement("span");
    part.className = name;
    item.append(part);
  }
  if (task.kind === "call") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "main";
    button.addEventListener("click", () => answer(task.arguments.number, button));
    item.append(button);
  }
  return item;
}

function show(tasks) {
  const before = shown;
  shown = tasks;
  for (const [kind, id] of Object.entries(kinds)) {
    const here = tasks.filter((task) => task.kind === kind);
    const list = $(id).querySelector("ul");
    here.forEach((task, place) => {
      if (!rows.has(task.key)) rows.set(task.key, row(task));
      const item = rows.get(task.key);
      item.className = task.severity;
      // A code such as N-04 stays on one line.
      item.querySelector(".what").textContent = task.text.replace(/\b([A-Z])-(\d\d)/g, "$1\u2011$2");
      item.querySelector(".do").textContent = task.do;
      item.querySelector(".since").textContent = say("board.since", { time: clock(task.since) });
      const button = item.querySelector("button");
      if (button) button.textContent = say("board.answer");
      // Only what moved is moved: a button that somebody is about to press stays where it is.
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] || null);
    });
    while (list.children.length > here.length) list.lastChild.remove();
    $(id).hidden = here.length === 0;
  }
  const there = new Set(tasks.map((task) => task.key));
  for (const key of rows.keys()) if (!there.has(key)) rows.delete(key);
  const calls = tasks.filter((task) => task.kind === "call");
  const known = new Set((before || []).map((task) => task.key));
  ring(calls, calls.some((call) => !known.has(call.key)));
  tell();
}

async function answer(number, button) {
  button.disabled = true;
  if (!keys.has(number)) keys.set(number, crypto.randomUUID());
  try {
    const sent = await fetch(`v1/help/${number}/answer`, {
      method: "POST",
      headers: headers({ "Idempotency-Key": keys.get(number) }),
    });
    const told = sent.ok ? null : (await sent.json()).error;
    report(told ? (told.key === "err.help_over" ? say("board.stood_before") : told.sentence) : "");
    await load();
  } catch {
    // The connection says itself that it is lost; the same press may be repeated.
    if (stop) stop();
  } finally {
    button.disabled = false;
  }
}

// --- being heard ---------------------------------------------------------------------------

function beep() {
  if (!audio || audio.state !== "running") return;
  for (const [start, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.2);
  }
  document.body.dataset.rung = String(Number(document.body.dataset.rung || 0) + 1);
}

function ring(calls, isNew = false) {
  if (isNew) beep();
  if (calls.length && !ringing) {
    let flash = false;
    const flashing = setInterval(() => {
      flash = !flash;
      document.title = flash ? `● ${say("board.calling")}` : say("board.title");
    }, 1000);
    document.title = `● ${say("board.calling")}`;
    const again = setInterval(beep, RING_MS);
    ringing = () => {
      clearInterval(flashing);
      clearInterval(again);
    };
  }
  if (!calls.length) {
    if (ringing) ringing();
    ringing = null;
    document.title = say("board.title");
  }
}

function listen() {
  // A browser makes no sound before somebody has touched the page.
  audio ??= new AudioContext();
  audio.resume().then(tell);
}

// --- begin ---------------------------------------------------------------------------------

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  $("token").value = "";
  sessionStorage.setItem("foyer.token", token);
  report("");
  tell();
  connect();
});
$("leave").addEventListener("click", () => leave());
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, listen);
addEventListener("offline", () => stop && stop());
addEventListener("online", connect);

await learn(language).catch(() => setTimeout(() => location.reload(), RETRY_MS[2]));
document.title = say("board.title");
tell();
if (token) connect();
else $("token").focus();
