-- What commands note for their next call: how far they came.
CREATE TABLE note (
    name text COLLATE "C" PRIMARY KEY,
    text text NOT NULL
);
