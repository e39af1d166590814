// One contestant in a process of its own: node contestant.mjs CONTESTANT-AS-JSON. Each message { ms } asks for calls, one
// after the other, until that time has passed; the answer is how long each took.

const contestant = JSON.parse(process.argv[2]);
const { open } = await import(`./contestants/${contestant.runner}.mjs`);
const { version, flops, run } = await open(contestant);

process.on("message", async ({ ms }) => {
  const times = [];
  const end = performance.now() + ms;
  for (let now = performance.now(); now < end || times.length < 3; ) {
    await run();
    const then = now;
    now = performance.now();
    times.push(now - then);
  }
  process.send({ times });
});
process.on("disconnect", () => process.exit());
process.send({ version, flops });
