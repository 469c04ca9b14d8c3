// Builds web/static/bundle: our modules with JsSIP and htmx inside, the stylesheet with its fonts, and the list of sentences
// that the modules say (strings.json), which the server translates.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "static");
const bundle = join(source, "bundle");
const fresh = `${bundle}.fresh-${process.pid}`;

await mkdir(fresh, { recursive: true });
try {
  await build({
    absWorkingDir: here,
    entryPoints: ["app", "webphone", "sign_in"].map((name) => join(source, `${name}.js`)).concat(["app.css", "paper.css"].map((name) => join(source, name))),
    outdir: fresh,
    bundle: true,
    minify: true,
    sourcemap: false,
    format: "esm",
    splitting: true,
    chunkNames: "part-[hash]",
    assetNames: "font-[hash]",
    target: ["chrome123", "firefox121", "safari17.5"],
    loader: { ".woff2": "file" },
    nodePaths: [join(here, "node_modules")],
    logLevel: "warning",
    legalComments: "linked",
  });
  await writeFile(join(fresh, "strings.json"), `${JSON.stringify(await sentences(), null, 1)}\n`);
  await replace();
} finally {
  await rm(fresh, { recursive: true, force: true });
}

/** Every English sentence that a module marks with t("…"), sorted. */
async function sentences() {
  const found = new Set();
  for (const name of (await readdir(source)).filter((one) => one.endsWith(".js"))) {
    const text = await readFile(join(source, name), "utf8");
    for (const [, quoted] of text.matchAll(/\bt\(\s*("(?:[^"\\\n]|\\.)*")/g)) found.add(JSON.parse(quoted));
  }
  return [...found].sort();
}

/** Copies the fresh files over the old ones and removes what is no longer made, so a page loading meanwhile finds whole files. */
async function replace() {
  await mkdir(bundle, { recursive: true });
  const made = await readdir(fresh);
  for (const name of made) await writeFile(join(bundle, name), await readFile(join(fresh, name)));
  for (const name of await readdir(bundle)) if (!made.includes(name)) await rm(join(bundle, name), { recursive: true });
}
