-- Ways that ATT&CK knows to see a technique: an analytic reads data components.
create table attack_detection (
  source_id integer not null references intel_source (id) on delete cascade,
  technique text not null,
  analytic text not null,
  component text not null,
  primary key (source_id, technique, analytic, component)
) strict, without rowid;
