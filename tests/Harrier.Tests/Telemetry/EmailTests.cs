using System.Security.Cryptography;
using System.Text;
using Harrier.Telemetry;
using Harrier.Telemetry.Formats.Email;

namespace Harrier.Tests.Telemetry;

public sealed class EmailTests
{
    static readonly EmailFormat Format = new();

    const string Mail =
        "Received: from mx.out.example (mx.out.example [203.0.113.9]) by mx.corp.example with ESMTPS id 1; Tue, 24 Nov 2026 02:02:09 +0100\n"
        + "Received: from pc (unknown [10.0.0.5]) by mx.out.example; Tue, 24 Nov 2026 01:02:05 +0000\n"
        + "Authentication-Results: mx.corp.example; spf=fail smtp.mailfrom=x; dkim=none; dmarc=fail (p=none)\n"
        + "Return-Path: <bounce@out.example>\n"
        + "Date: Mon, 1 Jan 2024 00:00:00 +0000\n"
        + "From: =?utf-8?q?M=C3=BCller?= <Billing@Out.example>\n"
        + "To: Anna <anna@corp.example>, \"Lee, B\" <lee@corp.example>\n"
        + "Cc: anna@corp.example\n"
        + "Reply-To: other@evil.example\n"
        + "Subject: =?utf-8?b?UmVjaG51bmcgw7xiZXJmw6RsbGln?=\n"
        + "Message-ID: <m1@out.example>\n"
        + "MIME-Version: 1.0\n"
        + "Content-Type: multipart/mixed; boundary=\"b\"\n"
        + "\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        + "<a href=3D\"https://evil.example/a?b=3D1&amp;c=3D2\">pay</a> or http://x.example/y.\n"
        + "--b\nContent-Type: application/zip; name=\"invoice.zip\"\nContent-Disposition: attachment; filename=\"invoice.zip\"\nContent-Transfer-Encoding: base64\n\n"
        + "aGVsbG8=\n--b--\n";

    [Fact]
    public void A_message_is_one_record_a_recipient()
    {
        Assert.True(Format.Detect(Encoding.UTF8.GetBytes(Mail), "x.eml") > 80);
        var records = CollectedRecords.Of(Format, Mail).Records;
        Assert.Equal(
            ["anna@corp.example", "lee@corp.example"],
            records.Select(record => record["recipient"])
        );
        var record = records[0];
        Assert.Equal("2026-11-24T01:02:09.000000Z", record["time"]);
        Assert.Equal("received", record["time_from"]);
        Assert.Equal("Billing@Out.example", record["sender"]);
        Assert.Equal("Müller", record["sender_name"]);
        Assert.Equal("Rechnung überfällig", record["subject"]);
        Assert.Equal("m1@out.example", record["message_id"]);
        Assert.Equal("203.0.113.9", record["client_ip"]);
        Assert.Equal("mx.out.example", record["client_name"]);
        Assert.Equal("other@evil.example", record["reply_to"]);
        Assert.Equal("invoice.zip", record["attachment_name"]);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData("hello"u8)),
            record["attachment_sha256"]
        );
        Assert.Equal("5", record["attachment_size"]);
        Assert.Equal("https://evil.example/a?b=1&c=2 http://x.example/y", record["url"]);
        Assert.Equal(("fail", "none", "fail"), (record["spf"], record["dkim"], record["dmarc"]));
        Assert.Equal(Mail.Length.ToString(), record["size"]);
    }

    [Fact]
    public void An_mbox_is_cut_into_its_messages()
    {
        const string head =
            "From: a@x.example\nTo: b@y.example\nDate: Tue, 24 Nov 2026 01:02:03 +0000\nMessage-ID: <1@x>\n";
        const string mbox =
            "From a@x.example Tue Nov 24 01:02:03 2026\n"
            + head
            + "Subject: one\n\n>From here on\nFrom b at 1:2:3, no separator: no blank line stands before it\n\n"
            + "From a@x.example Tue Nov 24 01:02:04 2026\n"
            + head
            + "Subject: two\n\ntext\n";
        Assert.True(Format.Detect(Encoding.UTF8.GetBytes(mbox), "mbox") > 80);
        var read = CollectedRecords.Of(Format, mbox);
        Assert.Equal(["one", "two"], read.Records.Select(record => record["subject"]));
        Assert.Empty(read.Rejects);
    }

    [Theory]
    [InlineData("Subject: only this\n\nx")]
    [InlineData("From here to there\nit goes\n")]
    [InlineData("date: 1\nno header line\nto: x\nfrom: y\nsubject: z\n")]
    public void Other_texts_are_no_mail(string text) =>
        Assert.Equal(0, Format.Detect(Encoding.UTF8.GetBytes(text), "x.eml"));

    [Fact]
    public void The_mails_of_the_corpus_have_as_many_recipients_as_a_second_reader_counts()
    {
        var folder = Corpus.Need("eforge", "meridian-loop61");
        var events = new CollectedEvents();
        var receipt = ImportTests
            .NewImport(new ImportOptions([Path.Combine(folder, "artifacts.zip")]), events)
            .Run(CancellationToken.None);
        Assert.Equal((30, 0L), (receipt.FilesRead, receipt.Rejected));
        // Addresses in To, Cc and Bcc, by python's email.policy.default.
        Assert.Equal(35L, receipt.Imported);
        Assert.All(events.Events, row => Assert.Equal("email", row["class"]));
    }
}
