-- By which sessions and devices a stream is found: docs/decisions/0041-search-index.md. A key is a keyed hash and says nothing by itself.
CREATE TABLE search_keys (
    key BLOB NOT NULL,
    stream INTEGER NOT NULL,
    PRIMARY KEY (key, stream)
) STRICT, WITHOUT ROWID;
