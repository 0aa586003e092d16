#!/usr/bin/env python3
"""Writes the sample extractions beside itself: the same bytes at every run.

Two cases, KESTREL and HERON, of invented people. Every number is in 07700 900000-900999, which Ofcom
keeps for drama: nobody has them. Many people are in both cases, written differently, and rows that
must be rejected are among them, one for each reason that a rehearsal can show.
"""
import csv
import io
import os
import random
import shutil
import sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = """Ada Alfie Amber Anya Archie Asha Ava Bea Ben Bilal Billy Callum Carys Chloe Cody Dana Daisy
Dev Dylan Edie Ella Ellis Emre Erin Esme Ewan Farah Finn Freya Gwen Harper Hana Harvey Holly Idris Ines
Iris Isla Jade Jamal Jay Joss Jude Kai Kaya Keira Kit Lara Leo Levi Lola Luca Maisie Marek Mia Milo
Mina Nadia Nell Niall Noor Olive Omar Orla Otis Owen Pia Piotr Quinn Rafi Reece Remi Rhys Robin Rosa
Ruby Sami Seren Shay Sid Sofia Tara Theo Tia Toby Uma Vera Wes Will Yara Yusuf Zac Zara Zoë Renée
José""".split()

# How one number is written. n: its last three digits.
SPELLINGS = [
    "07700 900{n}", "07700900{n}", "07700 900 {n}", "(07700) 900{n}", "07700-900-{n}", "07700.900.{n}",
    "077 00 900 {n}", "+447700900{n}", "+44 7700 900{n}", "+44-7700-900-{n}", "+44 (0)7700 900{n}",
    "+44 (0) 7700 900{n}", "(+44) 7700 900{n}", "00447700900{n}", "0044 7700 900{n}",
    "0044 (0)7700 900{n}", "0+44 7700 900{n}", "+07700 900{n}", "447700900{n}", "44 7700 900{n}",
    "7700900{n}", "7700 900{n}", "'07700900{n}", "07700\u00a0900{n}", "07700\u2011900\u2011{n}",
    "+44\u202f7700\u202f900{n}", "\u202a+447700900{n}\u202c", "07700/900{n}", "tel:+447700900{n}",
    "Mobile: 07700 900{n}", "07700 900{n} (mobile)", "447700900{n}@s.whatsapp.net",
]
PLAIN = [s for s in SPELLINGS if s.isascii() and ":" not in s and "@" not in s and "'" not in s]

# What must not come through, whatever the number: (what, how it is written).
REJECTS = [
    "60006", "999", "101", "00000 000000", "Pager: 07700 900{n}", "4.47701E+11", "7.70090E+09", "4,47701E+11", "unknown", "No Caller ID",
    "n/a", "{name}@example.org", "77009", "07700 90", "07700 900", "+44 7700 9", "07700 900{n} ext 12",
    "07700 900{n} x3", "07700 900{n}/4", "07700 900{n}0000", "{name}_77", "447700900{n}-77009@g.us",
]


def digits(n):
    return "%03d" % n


def person(rng, n):
    return (rng.choice(NAMES), n)


def spell(rng, n, spellings=None):
    return rng.choice(spellings or SPELLINGS).replace("{n}", digits(n))


def reject(rng, who, i):
    text = REJECTS[i % len(REJECTS)].replace("{n}", digits(who[1]))
    return text.replace("{name}", who[0].lower() if who[0].isascii() else "someone")


def write(name, data):
    os.makedirs(os.path.dirname(os.path.join(HERE, name)), exist_ok=True)
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def contacts_csv(rng, people):
    """KESTREL: a contacts export in the manner of Google's, UTF-8 with a byte order mark."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["Name", "Notes", "E-mail 1 - Value", "Phone 1 - Type", "Phone 1 - Value",
                    "Phone 2 - Type", "Phone 2 - Value", "Fax"])
    for i, who in enumerate(people):
        name, n = who
        first, second, kind, fax, note = spell(rng, n), "", "Mobile", "", ""
        if i % 9 == 3:
            second = spell(rng, rng.randrange(0, 400), PLAIN)
        if i % 13 == 5:
            first += " ::: " + spell(rng, rng.randrange(0, 400), PLAIN)
        if i % 17 == 7:
            fax = spell(rng, 990 + i % 10, PLAIN)
        if i % 23 == 11:
            kind, second = "Work Fax", ""
        if i % 29 == 2:
            note = 'owes "a favour",\nask first'
        table.writerow([name, note, "", kind, first, "Home" if second else "", second, fax])
        if i % 8 == 4:
            table.writerow([name, "", "", "Mobile", reject(rng, who, i // 8), "", "", ""])
    return "\ufeff".encode() + out.getvalue().encode()


def calls_csv(rng, people):
    """HERON: a call log with semicolons, Windows-1252, from a spreadsheet that knows no text cells."""
    rows = ["sep=;", "Direction;Date;Duration;Number;Name"]
    for i, (name, n) in enumerate(people):
        number = spell(rng, n, PLAIN)
        if i % 10 == 9:
            number = reject(rng, (name, n), i // 10)
        if ";" in number or '"' in number:
            number = '"' + number.replace('"', '""') + '"'
        rows.append("%s;2026-%02d-%02d %02d:%02d:00;00:%02d:%02d;%s;%s" % (
            rng.choice(["Incoming", "Outgoing", "Missed"]), rng.randrange(6, 11), rng.randrange(1, 29),
            rng.randrange(0, 24), rng.randrange(0, 60), rng.randrange(0, 9), rng.randrange(0, 60),
            number, name))
        if i == 60:  # a quote that is never closed costs this row
            rows.append('Missed;2026-10-01 10:00:00;00:00:00;"07700 900400;Nobody')
    return "\r\n".join(rows).encode("cp1252") + b"\r\n"


def quoted_printable(text):
    return "".join("=%02X" % b for b in text.encode())


def cards_vcf(rng, people):
    """HERON: one phone's contacts, cards of three versions one after the other."""
    lines = []
    for i, (name, n) in enumerate(people):
        number = spell(rng, n).replace(";", "\\;").replace(",", "\\,")
        card = ["BEGIN:VCARD"]
        if i % 3 == 0:
            card += ["VERSION:2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;%s;;;" % quoted_printable(name)]
            plain = spell(rng, n, PLAIN)
            if i % 12 == 0:
                card += ["TEL;CELL;ENCODING=QUOTED-PRINTABLE:%s=" % quoted_printable(plain[:5]),
                         quoted_printable(plain[5:])]
            else:
                card.append("TEL;CELL;PREF:%s" % plain)
            if i % 15 == 0:
                card.append("TEL;WORK;FAX:%s" % spell(rng, 990 + i % 10, PLAIN))
        elif i % 3 == 1:
            card += ["VERSION:3.0", "FN:%s" % name, "item1.TEL;type=CELL;type=VOICE:%s" % number,
                     "item1.X-ABLabel:_$!<Mobile>!$_"]
            if i % 12 == 1:
                card += ["PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwM",
                         " EAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/"]
        else:
            international = "tel:+44-7700-900-%s" % digits(n)
            card += ["VERSION:4.0", "FN:%s" % name,
                     'TEL;VALUE=uri;TYPE="voice,cell":%s' % international]
            if i % 18 == 2:
                card += ["TEL;VALUE=uri;TYPE=work:%s;ext=5555" % international]
        if i % 11 == 6:
            card.append("TEL;TYPE=HOME:%s" % reject(rng, (name, n), i // 11).replace(",", "\\,"))
        if i != 50:  # and one card that does not end
            card.append("END:VCARD")
        lines += card
    return "\r\n".join(lines).encode() + b"\r\n"


def utf16_csv(rng, people):
    """KESTREL: a second device; tab separated, UTF-16 with a byte order mark."""
    rows = ["First Name\tMobile Phone\tHome Phone\tBusiness Fax"]
    for i, (name, n) in enumerate(people):
        home = spell(rng, rng.randrange(0, 400), PLAIN) if i % 5 == 1 else ""
        fax = spell(rng, 990 + i % 10, PLAIN) if i % 7 == 1 else ""
        rows.append("%s\t%s\t%s\t%s" % (name, spell(rng, n), home, fax))
    return b"\xff\xfe" + ("\r\n".join(rows) + "\r\n").encode("utf-16-le")


def number_list(rng, title, numbers):
    lines = ["# " + title]
    for n in numbers:
        lines.append(spell(rng, n, ["(07700) 900 {n}", "+44 (0)7700 900-{n}", "7700 900 {n}",
                                    "0044.7700.900.{n}"]))
    return ("\n".join(lines) + "\n").encode()


OWNER = 999  # whose phone it is
NOON = 1795521600000  # 2026-11-24 12:00 UTC, in milliseconds
DAY = 86400000


def database(name, script, in_wal):
    """A database as it lies on a phone: closed, or with everything in the -wal beside it."""
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    work = path + ".work"
    for old in (path, path + "-wal", work, work + "-wal", work + "-shm"):
        if os.path.exists(old):
            os.unlink(old)
    connection = sqlite3.connect(work, isolation_level=None)
    connection.execute("PRAGMA journal_mode=%s" % ("WAL" if in_wal else "DELETE"))
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("BEGIN")
    for statement in script:
        connection.execute(*statement)
    connection.execute("COMMIT")
    shutil.copyfile(work, path)
    if in_wal:
        shutil.copyfile(work + "-wal", path + "-wal")
    connection.close()
    os.unlink(work)


def call_log(rng, people):
    script = [("CREATE TABLE calls(_id INTEGER PRIMARY KEY, number TEXT, normalized_number TEXT, countryiso TEXT,"
               " date INTEGER, duration INTEGER, type INTEGER, name TEXT, phone_account_address TEXT)",)]
    for i, (name, n) in enumerate(people):
        number = spell(rng, n, ["07700900{n}", "+447700900{n}", "07700 900{n}"])
        if i % 17 == 3:
            number = rng.choice(["-2", "60006", "07700900%03d" % OWNER])
        script.append(("INSERT INTO calls(number, countryiso, date, duration, type, name, phone_account_address)"
                       " VALUES(?, 'GB', ?, ?, ?, ?, ?)",
                       (number, NOON - rng.randrange(0, 200) * DAY - i * 60000, rng.randrange(0, 900),
                        rng.randrange(1, 4), name, "+447700900%03d" % OWNER)))
    return script


def address_book(rng, people):
    script = [("CREATE TABLE mimetypes(_id INTEGER PRIMARY KEY, mimetype TEXT)",),
              ("CREATE TABLE raw_contacts(_id INTEGER PRIMARY KEY, display_name TEXT, deleted INTEGER)",),
              ("CREATE TABLE data(_id INTEGER PRIMARY KEY, mimetype_id INTEGER, raw_contact_id INTEGER, data1 TEXT,"
               " data2 TEXT, data4 TEXT)",),
              ("INSERT INTO mimetypes VALUES(1, 'vnd.android.cursor.item/phone_v2'),"
               " (2, 'vnd.android.cursor.item/email_v2')",)]
    for i, (name, n) in enumerate(people, 1):
        script.append(("INSERT INTO raw_contacts VALUES(?, ?, ?)", (i, name, i % 9 == 0)))
        script.append(("INSERT INTO data(mimetype_id, raw_contact_id, data1, data2) VALUES(1, ?, ?, '2')",
                       (i, spell(rng, n, PLAIN))))
        if i % 4 == 0:
            script.append(("INSERT INTO data(mimetype_id, raw_contact_id, data1) VALUES(2, ?, ?)",
                           (i, "someone%d@example.org" % i)))
    return script


def sms_backup(rng, people):
    lines = ["<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>", '<smses count="%d">' % len(people)]
    for i, (name, n) in enumerate(people):
        address = "TAXIFIRM" if i % 13 == 4 else spell(rng, n, ["+447700900{n}", "07700 900{n}"])
        lines.append('  <sms protocol="0" address="%s" date="%d" type="%d" body="Hi &amp; bye &#x1F600;" contact_name="%s" />'
                     % (address, NOON - rng.randrange(0, 90) * DAY, rng.randrange(1, 3), name))
    return "\n".join(lines + ["</smses>", ""]).encode()


def main():
    rng = random.Random(900900)
    # 0-279 are KESTREL's, 180-399 HERON's: a hundred people are in both.
    kestrel = [person(rng, n) for n in range(0, 280)]
    heron = [person(rng, n) for n in range(180, 400)]
    shuffled = kestrel[:]
    rng.shuffle(shuffled)
    write("case-a.csv", contacts_csv(rng, shuffled[:220]))
    write("case-a-second.csv", utf16_csv(rng, shuffled[200:]))
    shuffled = heron[:]
    rng.shuffle(shuffled)
    write("case-b.vcf", cards_vcf(rng, shuffled[:130]))
    write("case-b.csv", calls_csv(rng, shuffled[110:] + rng.sample(shuffled, 40)))
    write("optouts.txt", number_list(rng, "people who asked for no message", range(5, 400, 33)))
    write("protected.txt", number_list(rng, "numbers that must never be texted: witnesses, staff",
                                       range(11, 400, 47)))
    phone = heron[:]
    rng.shuffle(phone)
    database("phone/data/calllog.db", call_log(rng, phone[:60]), in_wal=False)
    database("phone/data/contacts2.db", address_book(rng, phone[40:100]), in_wal=True)
    write("phone/sms.xml", sms_backup(rng, phone[20:60]))


if __name__ == "__main__":
    main()
