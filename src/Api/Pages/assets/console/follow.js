// Server-Sent Events read with fetch: EventSource shows no status, and no event whose name the page does not know. It connects again by
// itself, and resumes behind what it has.

const againMs = 2000;
const lateMs = 10000; // a stream is closed once a minute on purpose; shorter gaps are nobody's business

export class Follow {
  /** Follows a path; `event` gets each event, `state` gets true when it is live and false when it has been away for long. */
  constructor(path, after, { event, state }) {
    Object.assign(this, { path, after, event, state, abort: new AbortController(), awaySince: null, isLost: false });
    this.run();
  }

  close() {
    this.abort.abort();
  }

  async run() {
    while (!this.abort.signal.aborted) {
      try {
        await this.connect();
      } catch {
        // It is away; the loop tries again.
      }
      this.away();
      await new Promise((done) => setTimeout(done, againMs));
    }
  }

  away() {
    this.awaySince ??= Date.now();
    if (!this.isLost && Date.now() - this.awaySince >= lateMs && !this.abort.signal.aborted) {
      this.isLost = true;
      this.state(false, this.awaySince);
    }
  }

  async connect() {
    const url = `${this.path}${this.path.includes('?') ? '&' : '?'}after=${encodeURIComponent(this.after)}`;
    const response = await fetch(url, { headers: { 'X-Console': 'refresh' }, signal: this.abort.signal, cache: 'no-store' });
    if (response.status !== 200) {
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (rest + part.value).split('\n\n');
      rest = blocks.pop();
      blocks.forEach((block) => this.take(block));
    }
  }

  take(block) {
    const fields = Object.fromEntries(block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }));
    if (fields.data !== undefined) {
      this.after = fields.id ?? this.after;
      this.event(JSON.parse(fields.data), fields);
    } else if (block === ': live') {
      const wasLost = this.isLost;
      [this.awaySince, this.isLost] = [null, false];
      this.state(true, wasLost);
    }
  }
}
