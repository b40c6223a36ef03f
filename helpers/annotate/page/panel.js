// How far the work is: numbers, what the trainer does, the learning curve.

import { byId, make, visible } from "./dom.js";

export function fill(bar, share) {
  bar.firstElementChild.style.width = `${(100 * share).toFixed(1)}%`;
  bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
}

export function showStatus(status) {
  byId("judged").textContent = status.judged.toLocaleString();
  byId("per-hour").textContent = status.perHour > 0 ? Math.round(status.perHour).toLocaleString() : "–";
  const share = status.doing !== "" && status.progress > 0 ? ` · ${Math.round(100 * status.progress)} %` : "";
  byId("doing").textContent = status.doing === "" ? "The trainer rests." : `The trainer: ${visible(status.doing)}${share}`;
  byId("doing-bar").hidden = status.doing === "";
  fill(byId("doing-bar"), status.progress);
  showCurve(status.curve, status.metric);
  const advice = status.advice.map(visible);
  const list = byId("advice"), shown = Array.from(list.children, (item) => item.textContent);
  if (advice.join("\n") !== shown.join("\n")) list.replaceChildren(...advice.map((a) => make("li", { dir: "auto" }, a)));
}

let curveShown = "";

function showCurve(points, metric) {
  const now = JSON.stringify([points, metric]);
  if (now === curveShown) return;
  curveShown = now;
  const figure = byId("curve");
  figure.hidden = points.length === 0;
  if (points.length === 0) return;
  figure.replaceChildren(make("figcaption", { dir: "auto" }, caption(points, metric)), draw(points, metric));
}

const percent = (value) => (Math.abs(value) <= 1 ? `${(100 * value).toFixed(1)} %` : value.toPrecision(3));

function caption(points, metric) {
  return `${visible(metric || "score")}: ${percent(points[points.length - 1].value)}`;
}

const width = 220, height = 120, left = 4, right = 8, top = 14, bottom = 18;

function draw(points, metric) {
  const values = points.map((p) => p.value), labels = points.map((p) => p.labeled);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [Math.min(...labels), Math.max(...labels)];
  const x = (p) => left + ((p.labeled - first) / (last - first || 1)) * (width - left - right);
  const y = (p) => height - bottom - ((p.value - low) / (high - low || 1)) * (height - top - bottom);
  const words = `Learning curve of ${visible(metric || "the score")}: from ${percent(values[0])} with ${labels[0]} labels ` +
    `to ${percent(values[values.length - 1])} with ${labels[labels.length - 1]}.`;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words });
  svg.append(shape("title", {}, words));
  svg.append(shape("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
  const line = points.map((p) => `${x(p).toFixed(1)},${y(p).toFixed(1)}`).join(" ");
  svg.append(shape("polyline", { class: "curve", points: line }));
  for (const p of points) svg.append(shape("circle", { class: "dot", cx: x(p).toFixed(1), cy: y(p).toFixed(1), r: 2.5 }));
  svg.append(shape("text", { x: left, y: top - 4 }, high > low ? `${percent(low)} – ${percent(high)}` : ""));
  svg.append(shape("text", { x: left, y: height - 5 }, String(first)));
  svg.append(shape("text", { x: width - right, y: height - 5, class: "end" }, last > first ? `${last} labels` : ""));
  return svg;
}

function shape(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}
