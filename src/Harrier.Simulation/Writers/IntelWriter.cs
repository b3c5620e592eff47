using System.Text;
using System.Text.Json;
using Harrier.Simulation.Intrusions;
using Harrier.Simulation.Recording;

namespace Harrier.Simulation.Writers;

/// <summary>What a vendor published about the actor: a STIX bundle and a defanged report; some of the infrastructure, not all, and some of others.</summary>
static class IntelWriter
{
    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true };

    public static void Write(string folder, Scenario scenario, DateTime firstDay)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "actor-report.json"),
            Bundle(scenario, firstDay) + "\n",
            new UTF8Encoding(false)
        );
        File.WriteAllText(
            Path.Combine(folder, "actor-report.txt"),
            Report(scenario),
            new UTF8Encoding(false)
        );
    }

    static string Bundle(Scenario scenario, DateTime firstDay)
    {
        var published = firstDay
            .AddDays(2)
            .ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                System.Globalization.CultureInfo.InvariantCulture
            );
        var valid = firstDay
            .AddDays(-20)
            .ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                System.Globalization.CultureInfo.InvariantCulture
            );
        string Id(string type, int number) => $"{type}--5f1d2b00-0000-4000-8000-{number:x12}";
        var objects = new List<Dictionary<string, object>>();
        Dictionary<string, object> Add(
            string type,
            int number,
            params (string Key, object Value)[] properties
        )
        {
            var made = new Dictionary<string, object>
            {
                ["type"] = type,
                ["spec_version"] = "2.1",
                ["id"] = Id(type, number),
                ["created"] = published,
                ["modified"] = published,
            };
            foreach (var (key, value) in properties)
            {
                made[key] = value;
            }

            objects.Add(made);
            return made;
        }

        Add(
            "intrusion-set",
            1,
            ("name", scenario["actor"]),
            ("description", "Phishes finance departments of freight companies for their contracts.")
        );
        Add("malware", 2, ("name", "wct"), ("is_family", true));
        var techniques = scenario
            .Stages.SelectMany(stage => stage.Techniques)
            .Distinct()
            .Take(12)
            .ToList();
        for (var index = 0; index < techniques.Count; index++)
        {
            Add(
                "attack-pattern",
                100 + index,
                ("name", techniques[index]),
                (
                    "external_references",
                    new[] { new { source_name = "mitre-attack", external_id = techniques[index] } }
                )
            );
            Add(
                "relationship",
                200 + index,
                ("relationship_type", "uses"),
                ("source_ref", Id("intrusion-set", 1)),
                ("target_ref", Id("attack-pattern", 100 + index))
            );
        }

        string[] patterns =
        [
            $"[domain-name:value = '{scenario["control_domain"]}']",
            $"[ipv4-addr:value = '{scenario["control_address"]}']",
            $"[file:hashes.'SHA-256' = '{Recorder.Hashes("wct.exe").Split("SHA256=")[1][..64].ToLowerInvariant()}']",
            "[domain-name:value = 'parcel-notice.example'] OR [domain-name:value = 'tolls-refund.example']",
            "[ipv4-addr:value = '203.0.113.199']",
        ];
        for (var index = 0; index < patterns.Length; index++)
        {
            Add(
                "indicator",
                300 + index,
                ("name", $"{scenario["actor"]} infrastructure"),
                ("pattern", patterns[index]),
                ("pattern_type", "stix"),
                ("valid_from", valid),
                ("confidence", 80 - index * 5),
                ("indicator_types", new[] { "malicious-activity" }),
                (
                    "object_marking_refs",
                    new[] { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82" }
                )
            );
            Add(
                "relationship",
                400 + index,
                ("relationship_type", "indicates"),
                ("source_ref", Id("indicator", 300 + index)),
                ("target_ref", Id("intrusion-set", 1))
            );
        }

        return JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["type"] = "bundle",
                ["id"] = Id("bundle", 0),
                ["objects"] = objects,
            },
            s_options
        );
    }

    static string Report(Scenario scenario) =>
        $"""
            {scenario["actor"]} goes after freight companies again
            TLP:GREEN

            The group sends a contract from a look-alike domain of the victim's own name to the finance department
            (T1566.001). The document's macro starts PowerShell with an encoded command (T1059.001) that loads a
            script from hxxp://{scenario["staging_domain"].Replace(
                ".",
                "[.]",
                StringComparison.Ordinal
            )}/u.ps1 and drops wct.exe under AppData\Roaming\wct.

            Its implant calls {scenario["control_domain"].Replace(
                ".",
                "[.]",
                StringComparison.Ordinal
            )} ({scenario["control_address"].Replace(
                ".",
                "[.]",
                StringComparison.Ordinal
            )}) over HTTPS about every five minutes (T1071.001).
            LSASS is dumped with comsvcs (T1003.001), services are made on file servers (T1569.002), shares are packed
            with rar and a password (T1560.001) and leave over HTTPS (T1048.002).

            Also seen: parcel-notice[.]example, 203[.]0[.]113[.]199, SHA-256
            {Recorder.Hashes("wct.exe").Split("SHA256=")[1][..64].ToLowerInvariant()}

            """.ReplaceLineEndings(
            "\n"
        );
}
