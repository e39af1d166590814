// How the report looks, by day and by night.

import { Html } from "./html.ts";

export const REPORT_STYLE = new Html(`
:root { color-scheme: light dark; --ink: #1c2024; --dim: #687076; --paper: #fff; --line: #e2e5e8;
  --a: #8a94a0; --b: #0b68cb; --c: #2f9e62; --good: 47 158 98; --bad: 214 69 52; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --dim: #9aa2a9; --paper: #15181b; --line: #30363c; --a: #8a94a0; --b: #62a8f5; --c: #58c48c; }
}
body { margin: 2rem auto; padding: 0 1.5rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .8rem; }
dl { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 0 0 1.5rem; }
dt { color: var(--dim); font-size: .85rem; }
dd { margin: 0; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1.2rem; }
svg { width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--dim); }
svg text.title { fill: var(--ink); font-weight: 600; font-size: 13px; }
svg text.end { text-anchor: end; }
svg text.middle { text-anchor: middle; }
svg line, svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg line.grid { stroke: var(--line); stroke-width: 1; }
svg .a { stroke: var(--a); } svg .b { stroke: var(--b); } svg .c { stroke: var(--c); }
svg circle.a { fill: var(--a); } svg circle.b { fill: var(--b); } svg circle.c { fill: var(--c); }
.wide { overflow-x: auto; }
svg.bars { min-width: 40rem; max-width: 60rem; margin-top: 1rem; }
svg rect.was { fill: none; stroke: var(--a); stroke-width: 1; }
svg rect.is { fill: var(--b); }
table.figures { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.figures th { font-weight: 400; color: var(--dim); text-align: left; padding: .1rem 1.5rem .1rem 0; }
.figures td { text-align: right; padding: .1rem 1.5rem .1rem 0; }
table.confusion { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
.confusion th { font-weight: 400; color: var(--dim); text-align: right; padding: 0 .5rem; white-space: nowrap; }
.confusion tr:first-child th span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
.confusion td { min-width: 2.1rem; height: 2.1rem; text-align: center; border: 1px solid var(--line); }
.confusion td.right { background: rgb(var(--good) / calc(var(--share) * .6)); }
.confusion td.wrong { background: rgb(var(--bad) / min(1, calc(var(--share) * 3))); }
.confusion td.recall { border: 0; padding-left: .8rem; color: var(--dim); white-space: nowrap; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; }
.mistakes figure { margin: 0; }
.mistakes img, .mistakes .missing { width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--line); border-radius: 4px; image-rendering: auto; }
figcaption { font-size: 13px; line-height: 1.35; margin-top: .3rem; overflow-wrap: anywhere; }
small { color: var(--dim); }
pre { padding: 1rem; border: 1px solid var(--line); border-radius: 4px; overflow-x: auto; font-size: 13px; }
`);
