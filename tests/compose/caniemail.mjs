// Counts what caniemail.com says that mail programs do not show, or show in part: errors and warnings of each file.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, ...files] = process.argv.slice(2);
const { caniemail } = await import(pathToFileURL(library));
const clients = ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*"];
const count = (issues) => [...issues.values()].flat().length;
const counts = files.map((file) => {
  const { issues } = caniemail({ clients, html: readFileSync(file, "utf8") });
  return [count(issues.errors), count(issues.warnings)];
});
console.log(JSON.stringify(counts));
