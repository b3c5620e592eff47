-- Judgements of single records of a lead's evidence; the last one of a record counts.
create table event_label (
  number integer primary key,
  lead text not null,       -- in which it was judged
  class text not null,
  file text not null,
  record integer not null,
  judgement text not null,
  why text not null,
  logic text,
  who text not null,
  time integer not null     -- microseconds since 1970 UTC
) strict;
create index event_label_by_event on event_label (class, file, record, number);
