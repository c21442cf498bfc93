// A letter's Markdown as elements: headings, paragraphs, lists, quotes, emphasis, links. Whatever else it holds is text.
import { h } from "./dom.js";

const INLINE = /\*\*(?<strong>[^*\n]+(?:\*[^*\n]+\*[^*\n]*)*)\*\*|__(?<strong2>[^_\n]+)__|\*(?<em>[^\s*][^*\n]*)\*|(?<![\w])_(?<em2>[^\s_][^_\n]*)_(?!\w)|`(?<code>[^`\n]+)`|\[(?<text>[^\]\n]+)\]\((?<href>[^\s)]+)\)|(?<url>https?:\/\/[^\s<>()]*[^\s<>().,;:])/u;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const DEEPEST = 6; // quotes within quotes, and emphasis within emphasis; what goes deeper is text
const ITEM = /^\s{0,3}(?:[-*+]|(\d{1,4})[.)])\s+(.*)$/;

/** Return Markdown as one element; its headings begin at level `top`, and leave no level out. */
export function markdown(text, { top = 2 } = {}) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const used = [...new Set(lines.map((line) => HEADING.exec(line)?.[1].length).filter(Boolean))].sort();
  let last = -1;
  const level = (depth) => {
    last = Math.min(used.indexOf(depth), last + 1);
    return Math.min(6, top + last);
  };
  return h("div", { class: "markdown" }, blocksOf(lines, level));
}

function blocksOf(lines, level, quoted = 0) {
  const blocks = [];
  while (lines.length) {
    if (!lines[0].trim()) lines.shift();
    else blocks.push(block(lines, level, quoted));
  }
  return blocks;
}

function block(lines, level, quoted) {
  const heading = HEADING.exec(lines[0]);
  if (heading) {
    lines.shift();
    return h(`h${level(heading[1].length)}`, {}, inline(heading[2]));
  }
  if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(lines[0])) {
    lines.shift();
    return h("hr", {});
  }
  if (quoted < DEEPEST && /^\s{0,3}>/.test(lines[0])) return quote(lines, quoted + 1);
  if (ITEM.test(lines[0])) return list(lines);
  return paragraph(lines);
}

function quote(lines, quoted) {
  const inner = [];
  while (lines.length && /^\s{0,3}>/.test(lines[0])) inner.push(lines.shift().replace(/^\s{0,3}>\s?/, ""));
  return h("blockquote", {}, blocksOf(inner.map((line) => line.replace(/^#+\s+/, "")), null, quoted)); // a quotation's headings are none of ours
}

function list(lines) {
  const numbered = ITEM.exec(lines[0])[1];
  const items = [];
  while (lines.length) {
    const item = ITEM.exec(lines[0]);
    if (item && Boolean(item[1]) === Boolean(numbered)) items.push([item[2]]);
    else if (lines[0].trim() && !item && /^\s+/.test(lines[0])) items.at(-1).push(lines[0].trim());
    else break;
    lines.shift();
  }
  return h(numbered ? "ol" : "ul", { start: numbered > 1 && numbered }, items.map((item) => h("li", {}, broken(item))));
}

function paragraph(lines) {
  const taken = [];
  while (lines.length && lines[0].trim() && (!taken.length || !/^(#{1,6}\s|\s{0,3}>)/.test(lines[0])) && (!taken.length || !ITEM.test(lines[0]))) taken.push(lines.shift());
  return h("p", {}, broken(taken));
}

/** A line's end in a letter is meant. */
function broken(lines) {
  return lines.flatMap((line, at) => [at > 0 && h("br", {}), inline(line.trim())]);
}

function inline(text, depth = 0) {
  const parts = [];
  let rest = text;
  for (let found = depth < DEEPEST && INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    parts.push(rest.slice(0, found.index), part(found.groups, found[0], depth + 1));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, rest];
}

function part(said, whole, depth) {
  if (said.strong ?? said.strong2) return h("strong", {}, inline(said.strong ?? said.strong2, depth));
  if (said.em ?? said.em2) return h("em", {}, inline(said.em ?? said.em2, depth));
  if (said.code) return h("code", {}, said.code);
  return link(said.href ?? said.url, said.text, whole);
}

/** A link shows where it leads, so that no text hides it; only web and mail addresses are links. */
function link(href, text, whole) {
  const safe = /^(https?:\/\/|mailto:)/i.test(href) && URL.canParse(href);
  if (!safe) return whole;
  const address = h("a", { href, rel: "noreferrer noopener" }, text ?? href);
  return text && text !== href ? [address, ` (${href.replace(/^mailto:/i, "")})`] : address;
}
