-- A file of intelligence that was imported; the same content is taken once.
create table intel_source (
  id integer primary key,
  sha256 text not null unique,
  path text not null,
  format text not null,
  title text,
  tlp text,
  published integer,
  imported integer not null,
  indicators integer not null,
  rejected integer not null,
  objects text not null
) strict;

-- A value to look for, normalised. One row however many sources name it.
create table indicator (
  type text not null,
  value text not null,
  primary key (type, value)
) strict, without rowid;

-- What one source says of an indicator. place: a line number, a row or the STIX identifier.
create table indicator_source (
  type text not null,
  value text not null,
  source_id integer not null references intel_source (id) on delete cascade,
  place text not null,
  written text,
  description text,
  first_seen integer,
  last_seen integer,
  confidence integer,
  tlp text,
  names text,
  report text,
  note text,
  primary key (type, value, source_id, place),
  foreign key (type, value) references indicator (type, value)
) strict, without rowid;

-- Malware, groups, tools, reports, vulnerabilities ... that a source describes.
create table intel_object (
  source_id integer not null references intel_source (id) on delete cascade,
  id text not null,
  kind text not null,
  name text not null,
  description text,
  aliases text,
  attack_id text,
  primary key (source_id, id)
) strict, without rowid;

create index intel_object_name on intel_object (name);

create table intel_relationship (
  source_id integer not null references intel_source (id) on delete cascade,
  from_id text not null,
  kind text not null,
  to_id text not null,
  primary key (source_id, from_id, kind, to_id)
) strict, without rowid;

-- ATT&CK techniques that a source names; who: group, malware or campaign that uses it, '' if the source does not say.
create table intel_technique (
  source_id integer not null references intel_source (id) on delete cascade,
  technique text not null,
  who text not null,
  place text not null,
  primary key (source_id, technique, who)
) strict, without rowid;

-- What was not taken from a source, and why.
create table intel_reject (
  source_id integer not null references intel_source (id) on delete cascade,
  number integer not null,
  place text not null,
  value text not null,
  reason text not null,
  primary key (source_id, number)
) strict, without rowid;

-- An indicator was seen in events, by a run.
create table sighting (
  type text not null,
  value text not null,
  run_id text not null,
  count integer not null,
  first integer not null,
  last integer not null,
  recorded integer not null,
  primary key (type, value, run_id),
  foreign key (type, value) references indicator (type, value)
) strict, without rowid;
