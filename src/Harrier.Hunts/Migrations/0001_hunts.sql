create table hunt_run (
  number integer primary key,
  hunt text not null,
  time integer not null,
  run text not null
) strict;
create index hunt_run_by_hunt on hunt_run (hunt, number);

create table lead (
  run integer not null references hunt_run (number),
  id text not null,
  lead text not null,
  primary key (run, id)
) strict, without rowid;
create index lead_by_id on lead (id, run);

create table lead_label (
  number integer primary key,
  lead text not null,
  hunt text not null,
  technique text not null,
  subject_type text not null,
  subject_value text not null,
  judgement text not null,
  why text not null,
  logic text,
  who text not null,
  time integer not null
) strict;
create index lead_label_by_lead on lead_label (lead, number);

create table baseline (
  hunt text not null,
  version integer not null,
  time integer not null,
  document text not null,
  primary key (hunt, version)
) strict, without rowid;
