/**
 * <lantern-chat>: one chat with Lantern. README.md tells how to use it and what it promises.
 *
 * Renders reply contract version 1, keeps everything in memory, builds its nodes from text alone. Every word that a
 * person reads comes from strings.<locale>.json or from the server. ES2019: no optional chaining, no import.meta.
 */

const DEADLINE_MS = 8000;
const MAX_CHARACTERS = 1000;
const COUNT_FROM = 850;
const REVEAL_MARGIN_PX = 12;
const URGENT = ["crisis", "emergency"];
/** Answers that mean "this conversation is over": it expired, was forgotten or was never known here. */
const CONVERSATION_GONE = [401, 404, 410];
/** Fields of a part that only a program reads. */
const NOT_FOR_READING = ["type", "id", "revision", "kind", "receipts", "language", "country"];

/* ---------- nodes */

const SVG = "http://www.w3.org/2000/svg";
/** Line drawings on a 24 by 24 grid: each rating has its own outline, so that colour is never alone. */
const ICONS = {
  dangerous: "M8 2h8l6 6v8l-6 6H8l-6-6V8zM12 7v6M12 16.5v.01",
  serious: "M12 3 22 21H2zM12 10v5M12 18v.01",
  caution: "M12 2 22 12 12 22 2 12zM12 8v5M12 16v.01",
  unknown: "M12 2a10 10 0 1 0 .01 0zM9.5 9.5a2.5 2.5 0 1 1 2.5 3V14M12 17v.01",
  rescue: "M9 3h6v6h6v6h-6v6H9v-6H3V9h6z",
  call: "M7 2h10v20H7zM11 18.5h2",
  text: "M3 4h18v13H10l-5 4v-4H3z",
};

const isThere = (value) => value !== null && value !== undefined && value !== false;

/** Returns an element; attributes and children that are null, undefined or false are left out. */
function node(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (isThere(value)) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(isThere));
  return made;
}

/** Returns a drawing, or null if there is none of that name. */
function icon(name) {
  if (!has(ICONS, name)) return null;
  const [drawing, path] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

const has = (record, key) => Object.prototype.hasOwnProperty.call(record, key);
const isText = (value) => typeof value === "string" && value.trim() !== "";
const listOf = (value) => (Array.isArray(value) ? value : []);
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Puts values in the {places} of a text from the strings file. */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (place, name) => (has(values, name) ? String(values[name]) : place));
}

/** Returns the word for a key, or the key itself: a value that is new to this page is shown, never hidden. */
const wordFor = (words, key) => (has(words, key) ? words[key] : String(key));

/* ---------- telephone */

const digitsOf = (text) => text.replace(/[^\d+]/g, "");

/**
 * Returns the numbers of a helpline field that may become links, as written.
 *
 * A wrong link can cost a life and plain text cannot, so in doubt there is none: what stands in brackets is not read
 * ("was 080 …"), and reading stops at a number that runs into letters ("1-800-662-HELP").
 */
function numbersIn(field) {
  if (/^\(\d[\d\s().-]*$/.test(field)) return [field.trim()];
  const open = field.split("(")[0];
  const pattern = /\+?\d(?:[\d .-]*\d)?/g;
  const numbers = [];
  for (let match = pattern.exec(open); match !== null; match = pattern.exec(open)) {
    const before = open.slice(0, match.index);
    const after = open.slice(match.index + match[0].length);
    if (/[^\s\d/,;][-.]?$/.test(before) || /^[-.]?[^\s\d/,;.]/.test(after)) break;
    if (digitsOf(match[0]).length >= 2) numbers.push(match[0]);
  }
  return numbers;
}

/** Returns the number to text, if the field is one number or ends in one ("Text HOME to 741741"), else none. */
function textNumbersIn(field) {
  if (/textphone|tty|relay|whatsapp|fax|@/i.test(field)) return [];
  const numbers = numbersIn(field);
  const open = field.split("(")[0].trim();
  return numbers.length === 1 && open.endsWith(numbers[0]) ? numbers : [];
}

/* ---------- the server */

/** A call without a reply. `kind` is a key of the strings' `failures`; `reply` is what the error body carried. */
class Failure extends Error {
  constructor(kind, status, reply) {
    super(kind);
    this.kind = kind;
    this.status = status || 0;
    this.reply = reply || null;
  }
}

const isReply = (value) => isRecord(value) && Array.isArray(value.parts) && value.parts.length > 0;

function replyOrFailure(value) {
  if (!isReply(value)) throw new Failure("server");
  return value;
}

/** Calls the server and returns the decoded body, null if it has none. No cookie goes out, nothing is cached. */
async function call(method, address, body, signal) {
  let status = 0;
  let text = "";
  try {
    const response = await fetch(address, {
      method,
      signal,
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new Failure("network");
  }
  let decoded = null;
  try {
    decoded = JSON.parse(text);
  } catch (error) {
    // Text that is not JSON is no answer.
  }
  if (status < 200 || status > 299) {
    const reply = isRecord(decoded) && isReply(decoded.reply) ? decoded.reply : null;
    throw new Failure("server", status, reply);
  }
  return decoded;
}

/** Runs work(signal) and gives up on it after the deadline, whether or not the browser can abort it. */
function withDeadline(work) {
  const controller = new AbortController();
  let timer = 0;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Failure("slow"));
      controller.abort();
    }, DEADLINE_MS);
  });
  return Promise.race([work(controller.signal), late]).finally(() => clearTimeout(timer));
}

/* ---------- rendering */

/** Turns replies of the contract into nodes. Knows the strings, keeps no state but a counter for ids. */
class Renderer {
  constructor(strings, locale) {
    this.strings = strings;
    this.locale = locale;
    this.count = 0;
  }

  /**
   * Returns `{content, groups}`: the nodes to read, and the groups of choice buttons, which stand outside the log.
   * `onChoice` is called with a choice and its button; without it, choices are only listed.
   */
  reply(reply, onChoice) {
    const urgent = URGENT.includes(reply.level);
    const lang = isText(reply.language) ? reply.language : null;
    const content = node("div", { class: "content", dir: "auto", lang });
    const groups = [];
    const parts = urgent ? callFirst(reply.parts) : reply.parts;
    if (!urgent) content.append(...this.understood(reply.understood));
    for (const part of parts) {
      content.append(this.part(part, urgent && part === parts[0], onChoice ? groups : null, onChoice));
    }
    return { content, groups };
  }

  part(part, isFirstCall, groups, onChoice) {
    try {
      if (part.type === "card") return this.card(part);
      if (part.type === "helplines") return this.helplines(part, isFirstCall);
      if (part.type === "choices") return this.choices(part, groups, onChoice);
    } catch (error) {
      // A part of another shape than the contract's is shown plainly, like one of an unknown type.
    }
    return this.plain(part);
  }

  /** Shows every text of a part that this page does not know. */
  plain(part) {
    const texts = textsIn(part);
    const shown = texts.length > 0 ? texts : [this.strings.not_shown];
    return node("div", { class: "card plain" }, ...shown.map((text) => node("p", {}, text)));
  }

  understood(understood) {
    if (!isRecord(understood)) return [];
    const names = listOf(understood.substances).filter(isText);
    if (isText(understood.form)) names.push(wordFor(this.strings.forms, understood.form));
    if (names.length === 0) return [];
    return [node("p", { class: "understood" }, fill(this.strings.understood, { list: names.join(", ") }))];
  }

  card(card) {
    const sources = listOf(card.sources).filter(isRecord);
    const title = isText(card.title) ? node("h3", { id: this.nextId() }, card.title) : null;
    const made = node("article", { class: "card", "aria-labelledby": title && title.id }, title);
    if (isRecord(card.rating)) made.append(this.rating(card.rating));
    made.append(...card.sentences.map((sentence) => this.sentence(sentence, sources)));
    if (isRecord(card.review)) made.append(this.review(card.review));
    return made;
  }

  rating(rating) {
    const level = has(ICONS, rating.level) ? rating.level : "unknown";
    const word = node("strong", { class: "rating " + level }, icon(level), wordFor(this.strings.ratings, rating.level));
    const evidence = fill(this.strings.evidence_label, { evidence: wordFor(this.strings.evidence, rating.evidence) });
    return node("p", { class: "rated" }, word, " ", node("span", { class: "evidence" }, evidence));
  }

  sentence(sentence, sources) {
    const kind = isText(sentence.kind) ? sentence.kind : "fact";
    const mark = has(this.strings.kinds, kind)
      ? node("strong", { class: "mark" }, kind === "warning" ? icon("serious") : null, this.strings.kinds[kind])
      : null;
    const text = node("span", { id: this.nextId() }, sentence.text);
    const made = node("div", { class: "sentence" }, node("p", {}, mark, mark ? " " : null, text));
    made.classList.add(kind.replace(/\W/g, "") || "fact");
    const isReceipt = (index) => listOf(sentence.receipts).includes(sources[index].id);
    const numbers = sources.map((source, index) => index).filter(isReceipt);
    if (numbers.length > 0) this.addReceipt(made, text.id, numbers, sources);
    return made;
  }

  addReceipt(sentence, sentenceId, numbers, sources) {
    const slip = node("div", { class: "slip", id: this.nextId(), hidden: true });
    const template = numbers.length === 1 ? this.strings.source_one : this.strings.source_many;
    const label = fill(template, { numbers: numbers.map((index) => index + 1).join(", ") });
    const button = node("button", { type: "button", class: "receipt", "aria-expanded": "false" }, label);
    button.setAttribute("aria-controls", slip.id);
    button.setAttribute("aria-describedby", sentenceId);
    button.addEventListener("click", () => {
      if (!slip.firstChild) slip.append(...numbers.map((index) => this.source(sources[index])));
      slip.hidden = !slip.hidden;
      button.setAttribute("aria-expanded", String(!slip.hidden));
    });
    sentence.firstChild.append(" ", button);
    sentence.append(slip);
  }

  source(source) {
    const made = node("div", { class: "source" }, node("p", { class: "source-title" }, source.title));
    const published = [source.publisher, this.date(source.date)].filter(isText).join(", ");
    if (published) made.append(node("p", {}, published));
    if (isText(source.quote)) made.append(node("blockquote", { dir: "auto" }, source.quote));
    if (/^https:\/\//i.test(source.url)) {
      const rel = "noopener noreferrer nofollow";
      const link = { href: source.url, target: "_blank", rel, referrerpolicy: "no-referrer" };
      made.append(node("p", {}, node("a", link, this.strings.open_source)));
    } else if (isText(source.url)) {
      made.append(node("p", {}, source.url));
    }
    return made;
  }

  review(review) {
    const reviewers = listOf(review.reviewers).map((reviewer) => wordFor(this.strings.reviewers, reviewer)).join(", ");
    const { review: templates, review_other: other } = this.strings;
    const template = has(templates, review.status) ? templates[review.status] : other;
    const values = { date: this.date(review.checked), reviewers, status: review.status };
    return node("p", { class: "review" }, fill(template, values));
  }

  /** Writes "2026-11-21" or "2024-05" out in the page's language; anything else stays as it is. */
  date(text) {
    const found = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(text);
    if (!found) return isText(text) ? text : "";
    const style = { year: "numeric", month: "long", day: found[3] ? "numeric" : undefined, timeZone: "UTC" };
    const moment = new Date(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3] || 1)));
    return new Intl.DateTimeFormat(this.locale, style).format(moment);
  }

  helplines(part, isFirstCall) {
    const lines = part.lines.map((line) => this.helpline(line));
    if (isFirstCall) return node("div", { class: "first-call" }, ...lines);
    const title = node("h3", { id: this.nextId() }, this.strings.helplines_title);
    const list = node("ul", { class: "lines" }, ...lines.map((line) => node("li", {}, line)));
    return node("section", { class: "card helplines", "aria-labelledby": title.id }, title, list);
  }

  helpline(line) {
    const { strings } = this;
    const made = node("div", { class: "line" }, node("p", { class: "line-name" }, line.name));
    const links = node("p", { class: "line-links" });
    const notes = [];
    const ways = [
      ["call", "tel:", line.phone, numbersIn],
      ["text", "sms:", line.text, textNumbersIn],
    ];
    for (const [name, scheme, field, read] of ways.filter((way) => isText(way[2]))) {
      const numbers = read(field);
      for (const number of numbers) {
        const link = { class: name, href: scheme + digitsOf(number) };
        links.append(node("a", link, icon(name), fill(strings[name], { number })));
      }
      if (field.trim() !== numbers[0]) notes.push(field);
    }
    if (isText(line.hours)) notes.push(fill(strings.hours, { hours: line.hours }));
    if (isText(line.who_answers)) notes.push(fill(strings.who_answers, { who: line.who_answers }));
    if (links.firstChild) made.append(links);
    if (line.verified !== true) notes.push(strings.not_test_called);
    made.append(node("p", { class: "line-note" }, notes.join(" · ")));
    return made;
  }

  choices(part, groups, onChoice) {
    const prompt = isText(part.prompt) ? node("p", { class: "prompt", id: this.nextId() }, part.prompt) : null;
    if (groups === null) {
      return node("div", {}, prompt, node("ul", {}, ...part.choices.map((choice) => node("li", {}, choice.label))));
    }
    if (!part.choices.every((choice) => isText(choice.id) && isText(choice.label))) return this.plain(part);
    const buttons = part.choices.map((choice) => {
      const button = node("button", { type: "button", class: "choice" }, choice.label);
      button.addEventListener("click", () => onChoice(choice));
      return button;
    });
    const name = prompt ? { "aria-labelledby": prompt.id } : { "aria-label": this.strings.choices_label };
    groups.push(node("div", { class: "choices", role: "group", dir: "auto", ...name }, ...buttons));
    return prompt || document.createDocumentFragment();
  }

  /** Returns the last-resort sentence, its emergency numbers as links. */
  lastResort() {
    const pieces = this.strings.last_resort.split(/\b(\d{3})\b/);
    const made = pieces.map((piece, index) => (index % 2 ? node("a", { href: "tel:" + piece }, piece) : piece));
    return node("p", { class: "last-resort" }, ...made);
  }

  nextId() {
    this.count += 1;
    return "part-" + this.count;
  }
}

/** Puts the first helpline before everything else and the others after the cards; drops nothing. */
function callFirst(parts) {
  const withLines = parts.find((part) => isRecord(part) && part.type === "helplines" && listOf(part.lines).length > 0);
  if (!withLines) return parts;
  const rest = parts.filter((part) => part !== withLines);
  const isLast = (part) => isRecord(part) && (part.type === "helplines" || part.type === "choices");
  const others = withLines.lines.slice(1);
  return [
    { ...withLines, lines: withLines.lines.slice(0, 1) },
    ...rest.filter((part) => !isLast(part)),
    ...(others.length > 0 ? [{ ...withLines, lines: others }] : []),
    ...rest.filter(isLast),
  ];
}

/** Collects the texts of anything, apart from the fields that only a program reads. */
function textsIn(value, key) {
  if (NOT_FOR_READING.includes(key)) return [];
  if (isText(value)) return [value];
  if (Array.isArray(value)) return value.reduce((texts, item) => texts.concat(textsIn(item)), []);
  if (!isRecord(value)) return [];
  return Object.keys(value).reduce((texts, name) => texts.concat(textsIn(value[name], name)), []);
}

/* ---------- the element */

class LanternChat extends HTMLElement {
  constructor() {
    super();
    this._started = false;
    this._api = "";
    /** Emergency replies by country; fetched early, because they are needed when nothing else works. */
    this._emergencies = new Map();
    /** The promise of the open conversation's token, or null. */
    this._opening = null;
    /** Tokens that the server has not confirmed to have forgotten. */
    this._unforgotten = new Set();
    /** Settles when the token of the conversation left last is among them. */
    this._leaving = Promise.resolve();
    /** Grows when the chat is cleared, so that an answer to an earlier chat is not shown in the new one. */
    this._epoch = 0;
    this._busy = false;
    this._wasUrgent = false;
    this._clear = () => this._ready() && this._clearPage();
    this._refreshEmergency = () => this._ready() && this._loadEmergency();
  }

  connectedCallback() {
    // The page may come back from the back/forward cache on a shared phone: nothing of the chat comes back with it.
    window.addEventListener("pagehide", this._clear);
    window.addEventListener("online", this._refreshEmergency);
    if (this._started) return;
    this._started = true;
    this._start().catch(() => this.setAttribute("failed", ""));
  }

  disconnectedCallback() {
    window.removeEventListener("pagehide", this._clear);
    window.removeEventListener("online", this._refreshEmergency);
  }

  /** Puts words in the field for the person to look at and send; sends nothing. */
  compose(text) {
    if (!this._ready()) return;
    this._field.value = text.trim().slice(0, MAX_CHARACTERS);
    this._countCharacters();
    this._field.focus();
  }

  _ready() {
    return this.hasAttribute("ready");
  }

  async _start() {
    const assets = this.getAttribute("assets") || "/widget/";
    const locale = (this.getAttribute("locale") || "en").replace(/[^\w-]/g, "");
    this._api = this.getAttribute("api") || "";
    let spoken = locale;
    let strings = null;
    try {
      strings = await call("GET", assets + "strings." + locale + ".json");
    } catch (failure) {
      spoken = "en";
      strings = await call("GET", assets + "strings.en.json");
    }
    if (!isRecord(strings)) throw new Failure("server");
    this._locale = spoken;
    this._strings = strings;
    this._renderer = new Renderer(strings, spoken);
    this._build(assets);
    this._loadEmergency();
  }

  /* ---------- building */

  _build(assets) {
    const { _strings: strings } = this;
    this._emergencyButton = node(
      "button",
      { type: "button", class: "emergency", part: "emergency", "aria-expanded": "false", "aria-controls": "panel" },
      icon("call"),
      strings.emergency_button
    );
    const quiet = { type: "button", class: "quiet" };
    const close = node("button", quiet, strings.close);
    this._panelBody = node("div", {});
    const panelTitle = node("h3", { id: "panel-title" }, strings.emergency_title);
    const panelHead = node("div", { class: "panel-head" }, panelTitle, close);
    const panel = { class: "panel", part: "panel", id: "panel", role: "region", tabindex: "-1", hidden: true };
    panel["aria-labelledby"] = panelTitle.id;
    this._panel = node("section", panel, panelHead, this._panelBody);

    this._welcome = node("p", { class: "welcome" }, strings.welcome);
    this._log = node("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": strings.messages });
    // Buttons stand outside the log: a screen reader would read them out as part of the message.
    this._choices = node("div", { class: "all-choices" });
    this._examples = node("slot", { name: "examples" });
    // Focusable, so that a keyboard can scroll it.
    const scroller = { class: "scroller", role: "group", "aria-label": strings.conversation, tabindex: "0" };
    this._scroller = node("div", scroller, this._welcome, this._log, this._choices, this._examples);

    this._status = node("p", { class: "status", role: "status" });
    this._alert = node("p", { class: "unseen", role: "alert" });
    this._counter = node("p", { class: "counter", id: "counter" });
    this._field = node("textarea", {
      id: "field",
      rows: "2",
      maxlength: String(MAX_CHARACTERS),
      autocomplete: "off",
      enterkeyhint: "send",
      dir: "auto",
      "aria-describedby": "counter",
    });
    const send = node("button", { class: "send", type: "submit" }, strings.send);
    const label = node("label", { for: "field" }, strings.field_label);
    const entry = node("div", { class: "entry" }, this._field, send);
    const labelRow = node("div", { class: "label-row" }, label, this._status, this._counter);
    const form = node("form", { novalidate: true }, labelRow, entry);

    const notSet = node("option", { value: "" }, strings.country_not_set);
    this._country = node("select", { id: "country", autocomplete: "off" }, notSet);
    for (const [code, name] of Object.entries(strings.countries)) {
      this._country.append(node("option", { value: code, selected: code === this.getAttribute("country") }, name));
    }
    const forget = node("button", quiet, strings.forget);
    const countryLabel = node("label", { for: "country" }, strings.country_label);
    const chosen = node("p", { class: "country" }, countryLabel, this._country);

    const shell = node(
      "div",
      { class: "shell", lang: this._locale, dir: strings.direction, hidden: true },
      node(
        "header",
        { class: "head" },
        node("div", {}, node("h2", {}, strings.title), node("p", { class: "subtitle" }, strings.subtitle)),
        this._emergencyButton
      ),
      this._panel,
      this._scroller,
      this._alert,
      node("div", { class: "composer" }, form, node("div", { class: "controls" }, chosen, forget))
    );
    const styles = node("link", { rel: "stylesheet", href: assets + "lantern-chat.css" });
    for (const outcome of ["load", "error"]) {
      styles.addEventListener(outcome, () => {
        shell.hidden = false;
      });
    }
    this.attachShadow({ mode: "open" }).append(styles, shell);
    this.setAttribute("ready", "");

    this._emergencyButton.addEventListener("click", () => {
      if (this._panel.hidden) this._openPanel();
      else this._closePanel();
    });
    close.addEventListener("click", () => this._closePanel());
    shell.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this._panel.hidden) this._closePanel();
    });
    this._examples.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.compose(button.textContent);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this._sendText();
    });
    this._field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this._sendText();
    });
    this._field.addEventListener("input", () => this._countCharacters());
    this._field.addEventListener("focus", () => this._openEarly());
    this._country.addEventListener("change", () => this._changeCountry());
    forget.addEventListener("click", () => this._forget());
  }

  _countCharacters() {
    const left = MAX_CHARACTERS - this._field.value.length;
    const isNear = left <= MAX_CHARACTERS - COUNT_FROM;
    this._counter.textContent = isNear ? fill(this._strings.characters_left, { count: left }) : "";
  }

  /* ---------- the conversation */

  _post(path, body, signal) {
    return call("POST", this._api + path, body, signal);
  }

  /** Returns the token of the conversation, opened on first use; every caller shares one opening. */
  _open(isQuiet) {
    if (this._opening === null) {
      const body = { locale: this._locale };
      if (this._country.value) body.country = this._country.value;
      const opening = withDeadline((signal) => this._post("/v1/conversations", body, signal)).then((opened) => {
        if (!isRecord(opened) || !isText(opened.conversation)) throw new Failure("server");
        if (this._opening !== opening) this._unforgotten.add(opened.conversation);
        else if (!isQuiet && isReply(opened.greeting)) this._showGreeting(opened.greeting);
        return opened.conversation;
      });
      opening.catch(() => {
        if (this._opening === opening) this._opening = null;
      });
      this._opening = opening;
    }
    return this._opening;
  }

  /** Opens the conversation when the field is entered, so that the greeting is there before the question. */
  _openEarly() {
    this._open().catch(() => this._busy || this._say(this._strings.unreachable));
  }

  async _sendText() {
    const written = this._field.value;
    const text = written.trim();
    this._field.focus();
    if (text === "") return;
    const isAnswered = await this._turn({ text }, text);
    if (isAnswered && this._field.value === written) {
      this._field.value = "";
      this._countCharacters();
    }
  }

  async _sendChoice(choice) {
    // On a touch screen, focus in the field would raise the keyboard over the answer.
    const isTouch = window.matchMedia("(pointer: coarse)").matches;
    (isTouch ? this._scroller : this._field).focus({ preventScroll: true });
    await this._turn({ choice: choice.id }, choice.label);
  }

  /** Takes one turn and returns whether it was answered; a failure is shown, never thrown. */
  async _turn(message, shownText) {
    if (this._busy) {
      this._say(this._strings.still_looking);
      return false;
    }
    const epoch = this._epoch;
    const isCurrent = () => epoch === this._epoch;
    let line = null;
    this._busy = true;
    this._say(this._strings.looking);
    try {
      const reply = await withDeadline(async (signal) => {
        await this._open();
        if (signal.aborted || !isCurrent()) throw new Failure("slow");
        line = this._showPerson(shownText);
        return replyOrFailure(await this._ask(message, signal));
      });
      if (!isCurrent()) return false;
      this._say("");
      this._choices.textContent = "";
      this._showReply(reply, line);
      return true;
    } catch (failure) {
      if (!isCurrent()) return false;
      this._say("");
      if (line) line.remove();
      this._showFailure(failure, message);
      return false;
    } finally {
      if (isCurrent()) this._busy = false;
    }
  }

  /** Asks, and asks once more in a new conversation if the server no longer knows this one. */
  async _ask(message, signal) {
    const ask = (token) => this._post("/v1/chat", { conversation: token, ...message }, signal);
    const opening = this._open();
    try {
      return await ask(await opening);
    } catch (failure) {
      if (!CONVERSATION_GONE.includes(failure.status) || this._opening !== opening) throw failure;
      this._opening = null;
      if (!message.text) {
        // A choice means something only in its own conversation.
        this._choices.textContent = "";
        throw failure;
      }
      return ask(await this._open(true));
    }
  }

  _changeCountry() {
    const wasOpen = this._opening !== null;
    const wasUrgent = this._wasUrgent;
    this._reset();
    this._forgetOnServer().catch(() => null);
    const { selectedOptions } = this._country;
    this._say(fill(this._strings.new_chat, { country: selectedOptions[0].textContent }));
    this._loadEmergency();
    if (wasOpen) this._openEarly();
    // Somebody in an emergency who tells us the country must not lose the instructions by doing so.
    if (wasUrgent || !this._panel.hidden) this._openPanel();
  }

  _clearPage() {
    this._reset();
    this._field.value = "";
    this._countCharacters();
  }

  async _forget() {
    this._clearPage();
    const epoch = this._epoch;
    let outcome = this._strings.forgotten;
    try {
      await this._forgetOnServer();
    } catch (failure) {
      outcome = this._strings.forgotten_here_only;
    }
    if (epoch === this._epoch) this._say(outcome);
  }

  async _forgetOnServer() {
    await this._leaving;
    for (const token of Array.from(this._unforgotten)) {
      const body = { conversation: token };
      await withDeadline((signal) => this._post("/v1/forget", body, signal)).catch((failure) => {
        if (!CONVERSATION_GONE.includes(failure.status)) throw failure;
      });
      this._unforgotten.delete(token);
    }
  }

  /** Clears the page and lets go of the conversation; its token is kept only to have it forgotten. */
  _reset() {
    const opening = this._opening;
    this._epoch += 1;
    this._opening = null;
    this._busy = false;
    this._wasUrgent = false;
    if (opening) this._leaving = opening.then((token) => this._unforgotten.add(token)).catch(() => null);
    for (const part of [this._log, this._choices, this._alert]) part.textContent = "";
    this._welcome.hidden = false;
    this._examples.hidden = false;
    this._say("");
  }

  /* ---------- the emergency */

  _loadEmergency() {
    const country = this._country.value;
    if (this._emergencies.has(country)) return;
    const query = country ? "?country=" + encodeURIComponent(country) : "";
    withDeadline((signal) => call("GET", this._api + "/v1/emergency" + query, null, signal))
      .then((reply) => {
        this._emergencies.set(country, replyOrFailure(reply));
        if (!this._panel.hidden && this._country.value === country) this._fillPanel();
      })
      .catch(() => null);
  }

  /** Returns the emergency reply for the chosen country, or the last resort. */
  _emergency() {
    const reply = this._emergencies.get(this._country.value);
    return reply ? this._renderer.reply(reply, null).content : this._renderer.lastResort();
  }

  _openPanel() {
    this._loadEmergency();
    this._fillPanel();
    this._panel.hidden = false;
    this._panel.scrollTop = 0;
    this._emergencyButton.setAttribute("aria-expanded", "true");
    this._panel.focus({ preventScroll: true });
  }

  _fillPanel() {
    const hint = this._country.value ? null : node("p", { class: "note" }, this._strings.set_country);
    this._panelBody.replaceChildren(node("div", {}, this._emergency(), hint));
  }

  _closePanel() {
    this._panel.hidden = true;
    this._emergencyButton.setAttribute("aria-expanded", "false");
    this._emergencyButton.focus({ preventScroll: true });
  }

  /* ---------- showing */

  _say(text) {
    this._status.textContent = text;
  }

  _showPerson(text) {
    this._hideInvitation();
    const line = node("div", { class: "message person" }, node("p", { class: "speaker" }, this._strings.you));
    line.append(node("p", { class: "words", dir: "auto" }, text));
    this._log.append(line);
    this._reveal(line);
    return line;
  }

  _hideInvitation() {
    this._welcome.hidden = true;
    this._examples.hidden = true;
  }

  _showGreeting(greeting) {
    this._welcome.hidden = true;
    this._showMessage(greeting.level, this._render(greeting));
  }

  _showReply(reply, question) {
    const content = this._render(reply);
    const answer = this._showMessage(reply.level, content);
    const isUrgent = URGENT.includes(reply.level);
    if (isUrgent) {
      this._wasUrgent = true;
      this._announce(reply.level, content.querySelector(".first-call"));
    }
    const isShort = question.offsetHeight < this._scroller.clientHeight / 4;
    this._reveal(isShort && !isUrgent ? question : answer);
  }

  /** Shows what the server's error said or, if it said nothing, an apology and the emergency reply. */
  _showFailure(failure, message) {
    const { _strings: strings } = this;
    const canChoose = this._choices.firstChild !== null;
    const rest = message.text ? strings.kept : canChoose ? strings.choose_again : null;
    const note = rest ? node("p", { class: "note" }, rest) : null;
    let content = null;
    if (failure.reply) {
      content = node("div", {}, this._render(failure.reply), note);
    } else {
      const apology = node("p", {}, strings.failures[failure.kind] || strings.failures.server);
      const inCase = node("p", { class: "prompt" }, strings.if_emergency);
      const emergency = node("div", { class: "in-case" }, inCase, this._emergency());
      content = node("div", { class: "apology" }, apology, note, emergency);
    }
    this._hideInvitation();
    this._reveal(this._showMessage(failure.reply ? failure.reply.level : "none", content));
  }

  /** Returns the nodes of a reply and puts its choices where they can be chosen. */
  _render(reply) {
    const { content, groups } = this._renderer.reply(reply, (choice) => this._sendChoice(choice));
    this._choices.append(...groups);
    return content;
  }

  _showMessage(level, content) {
    const message = node("div", { class: "message lantern" }, node("p", { class: "speaker" }, this._strings.lantern));
    if (isText(level)) message.dataset.level = level;
    if (URGENT.includes(level)) {
      message.append(node("p", { class: "banner" }, icon("serious"), wordFor(this._strings.levels, level)));
    }
    message.append(content);
    this._log.append(message);
    return message;
  }

  /** Says the call line at once to a screen reader; the log tells the rest in its turn. */
  _announce(level, firstCall) {
    const spoken = firstCall ? Array.from(firstCall.querySelectorAll(".line-name, a"), (part) => part.textContent) : [];
    this._alert.textContent = [wordFor(this._strings.levels, level), ...spoken].join(". ");
  }

  /** Scrolls to the start of a message: a long answer is read from its first line. */
  _reveal(message) {
    if (window.getComputedStyle(this._scroller).overflowY !== "auto") {
      message.scrollIntoView({ block: "start" });
      return;
    }
    const distance = message.getBoundingClientRect().top - this._scroller.getBoundingClientRect().top;
    this._scroller.scrollTop += distance - REVEAL_MARGIN_PX;
  }
}

if (!customElements.get("lantern-chat")) customElements.define("lantern-chat", LanternChat);
