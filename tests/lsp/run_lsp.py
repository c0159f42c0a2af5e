#!/usr/bin/env python3
"""Raw conversations with `mdlguard lsp`, polite and hostile.

    run_lsp.py MDLGUARD

Speaks the protocol byte for byte, so that it can also do what no editor does. Every byte that the server writes has to
be a framed, valid message. Prints one line a conversation; the exit status is 1 when one of them went wrong.
"""

import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

SAMPLE = pathlib.Path(__file__).resolve().parent / "sample"
PATIENCE = 60  # seconds for one answer


class Client:
    """One server process and what it has said."""

    def __init__(self, mdlguard, *args):
        self.process = subprocess.Popen([mdlguard, "lsp", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, bufsize=0)
        self.bytes = b""
        self.id = 0
        self.seen = []  # every message, in order

    def send_raw(self, data):
        self.process.stdin.write(data)

    def send(self, message):
        body = json.dumps(message).encode()
        self.send_raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def take_message(self):
        """A complete message out of what was read, or None."""
        head, separator, rest = self.bytes.partition(b"\r\n\r\n")
        if not separator:
            return None
        assert head.startswith(b"Content-Length: "), f"not a header: {head[:80]!r}"
        length = int(head[len(b"Content-Length: "):])
        if len(rest) < length:
            return None
        self.bytes = rest[length:]
        message = json.loads(rest[:length].decode("utf-8"))
        assert message["jsonrpc"] == "2.0"
        self.seen.append(message)
        return message

    def receive(self, is_wanted, patience=PATIENCE):
        """The next message that IS_WANTED; others are read over. None when there is none in time."""
        end = time.monotonic() + patience
        while True:
            message = self.take_message()
            if message is not None:
                if is_wanted(message):
                    return message
                continue
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                return None
            self.bytes += data

    def error(self, code):
        """Waits for an error answer with CODE."""
        message = self.receive(lambda m: "error" in m)
        assert message is not None, f"no answer; an error {code} was due"
        assert message["error"]["code"] == code, f"{message['error']}; the code {code} was due"
        return message

    def request(self, method, params=None):
        self.id += 1
        number = self.id
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        answer = self.receive(lambda m: m.get("id") == number and "method" not in m)
        assert answer is not None, f"no answer to {method}"
        return answer

    def initialize(self, root=None, **capabilities):
        shown = {"publishDiagnostics": {"relatedInformation": True}}
        params = {"processId": os.getpid(), "rootUri": root.as_uri() if root else None,
                  "capabilities": {"textDocument": shown, **capabilities}}
        result = self.request("initialize", params)["result"]
        self.notify("initialized", {})
        return result

    def open(self, path, text=None):
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": path.as_uri(), "languageId": "c", "version": 1, "text": path.read_text() if text is None else text}})

    def change(self, path, version, text):
        self.notify("textDocument/didChange", {"textDocument": {"uri": path.as_uri(), "version": version},
                                               "contentChanges": [{"text": text}]})

    def diagnostics(self, path, version=None, where=lambda found: True):
        """Waits for what is published of PATH, in this VERSION when given, with a list that fits WHERE."""
        last = []

        def is_wanted(message):
            if message.get("method") != "textDocument/publishDiagnostics" or message["params"]["uri"] != path.as_uri():
                return False
            last.append(message["params"])
            return (version is None or message["params"].get("version") == version) and where(
                message["params"]["diagnostics"])

        message = self.receive(is_wanted)
        logs = [m["params"]["message"] for m in self.seen if m.get("method") == "window/logMessage"]
        assert message is not None, f"{path.name}: what was expected never came; last: {last[-1:]}; log: {logs}"
        return message["params"]["diagnostics"]

    def end(self):
        """Closes the input; (exit status, standard error)."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        while self.receive(lambda m: False, 5):
            pass
        assert self.bytes == b"", f"bytes behind the last message: {self.bytes[:80]!r}"
        return status, self.process.stderr.read().decode()

    def quit(self):
        assert self.request("shutdown")["result"] is None
        self.notify("exit", None)
        status, errors = self.end()
        assert status == 0, f"exit status {status}"
        assert errors == "", f"on standard error: {errors}"


def has_codes(*codes):
    return lambda found: sorted(d["code"] for d in found) == sorted(codes)


def cured(text):
    """The sample's request.c without its bug."""
    bug = "    MmUnlockPages(mdl); /* too early */\n    MmUnmapLockedPages(address, mdl);\n"
    assert bug in text
    return text.replace(bug, "    MmUnmapLockedPages(address, mdl);\n    MmUnlockPages(mdl);\n")


def talk_about_the_sample(client, folder):
    request, buffer = folder / "request.c", folder / "buffer.c"
    result = client.initialize(folder)
    assert result["capabilities"]["positionEncoding"] == "utf-16"
    text = request.read_text()
    client.open(request)
    [finding] = client.diagnostics(request, 1, has_codes("MDL002"))
    line = text[:text.index("/* too early */")].count("\n")
    assert finding["range"]["start"] == {"line": line, "character": 4}, finding["range"]
    assert finding["severity"] == 1 and finding["source"] == "mdlguard"
    assert len(finding["relatedInformation"]) >= 2
    assert all(step["location"]["uri"].startswith("file:///") for step in finding["relatedInformation"])
    assert len(finding["data"]["fingerprint"]) == 16

    client.change(request, 2, cured(text))
    client.diagnostics(request, 2, has_codes())

    # Another file's unsaved text breaks this one, and the first text is back with it.
    client.open(buffer)
    client.diagnostics(buffer, 1, has_codes())
    client.change(buffer, 2, buffer.read_text().replace("    MmUnmapLockedPages(Address, Mdl);\n", ""))
    client.diagnostics(request, 2, lambda found: len(found) == 1)
    client.notify("textDocument/didClose", {"textDocument": {"uri": buffer.as_uri()}})
    client.diagnostics(request, 2, has_codes())
    client.quit()


def show_the_findings_of_files_that_are_not_open(client, folder):
    client.initialize(folder)
    client.open(folder / "buffer.c")
    client.diagnostics(folder / "request.c", None, has_codes("MDL002"))
    client.quit()


def follow_a_header_that_holds_only_macros(client, folder):
    request, order = folder / "request.c", folder / "order.h"
    early, late = "    MmUnlockPages(mdl); /* too early */\n", "    MmUnmapLockedPages(address, mdl);\n"
    text = request.read_text()
    assert early + late in text
    request.write_text('#include "order.h"\n' + text.replace(
        early + late, f"#if EARLY\n{early}{late}#else\n{late}{early}#endif\n"))
    order.write_text("#define EARLY 1\n")
    client.initialize(folder)
    client.open(order)
    client.diagnostics(request, None, has_codes("MDL002"))
    client.change(order, 2, "#define EARLY 0\n")
    client.diagnostics(request, None, has_codes())
    client.quit()


def take_bytes_for_columns_when_offered(client, folder):
    request = folder / "request.c"
    text = request.read_text().replace("    MmUnlockPages(mdl); /* too early */",
                                       "/* \u00e4\U0001f600 */ MmUnlockPages(mdl);")
    result = client.initialize(folder, general={"positionEncodings": ["utf-8", "utf-16"]})
    assert result["capabilities"]["positionEncoding"] == "utf-8"
    client.open(request, text)
    [finding] = client.diagnostics(request, 1, has_codes("MDL002"))
    assert finding["range"]["start"]["character"] == len("/* \u00e4\U0001f600 */ ".encode()), finding["range"]
    client.quit()


def analyse_once_when_somebody_types(client, folder):
    request = folder / "request.c"
    text = request.read_text()
    client.initialize(folder)
    client.open(request)
    for version in range(2, 42):
        client.change(request, version, text + "/" * (version % 3))
    client.change(request, 42, text)
    client.diagnostics(request, 42, has_codes("MDL002"))
    published = [m for m in client.seen if m.get("method") == "textDocument/publishDiagnostics"]
    assert len(published) <= 4, f"{len(published)} publications for one pause"
    client.quit()


def analyse_a_text_that_does_not_parse(client, folder):
    request = folder / "request.c"
    client.initialize(folder)
    client.open(request, request.read_text() + "\nint broken( {\n")
    client.diagnostics(request, 1, has_codes("MDL002"))
    log = client.receive(lambda m: m.get("method") == "window/logMessage")
    assert log is not None and "request.c" in log["params"]["message"], log
    client.quit()


def analyse_a_file_without_a_database(client, folder):
    lone = folder / "lone.c"
    (folder / "compile_commands.json").unlink()
    lone.write_text("int f(void) { return 0; }\n")
    client.initialize(folder)
    client.open(lone)
    client.diagnostics(lone, 1, has_codes())
    client.quit()


def refuse_what_is_not_a_message(client, folder):
    def length(body):
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    unknown = length(b'{"jsonrpc":"2.0","id":7,"method":"textDocument/hover"}')
    client.initialize(folder)
    # No message at all: one complaint, and the next good message is read again.
    for data in [b'{"jsonrpc":"2.0","id":1,"method":"shutdown"}', b"GET / HTTP/1.1\r\n\r\n", b"\0\xff" * 5000,
                 b"Content-Length: x\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"Content-Type: x\r\n\r\n{}"]:
        client.send_raw(data + unknown)
        client.error(-32700)
        client.error(-32601)
    for body, code in [
            (b"", -32700), (b"{", -32700), (b"\xff\xfe", -32700), (b"[" * 1000000, -32700), (b"[]", -32600),
            (b"null", -32600), (b'{"jsonrpc":"2.0","id":{},"method":"shutdown"}', -32600),
            (b'{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}', -32600)]:
        client.send_raw(length(body))
        client.error(code)
    client.open(folder / "request.c")
    client.diagnostics(folder / "request.c", 1, has_codes("MDL002"))
    client.quit()


def drop_a_message_that_is_too_large(client, folder):
    client.initialize(folder)
    size = 65 << 20
    client.send_raw(b"Content-Length: %d\r\n\r\n" % size)
    client.error(-32700)
    for _ in range(65):
        client.send_raw(b"x" * (1 << 20))
    client.quit()


def read_messages_byte_by_byte(client, folder):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}).encode()
    for byte in b"Content-Type: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body):
        client.send_raw(bytes([byte]))
    answer = client.receive(lambda m: m.get("id") == 1)
    assert answer and "result" in answer
    client.id = 1
    client.quit()


def leave_out_the_rules_that_its_command_line_skips(client, folder):
    client.initialize(folder)
    client.open(folder / "request.c")
    client.diagnostics(folder / "request.c", 1, has_codes())
    client.quit()


def exit_with_1_when_not_shut_down(client, folder):
    client.notify("exit", None)
    status, _ = client.end()
    assert status == 1, f"exit status {status}"


def exit_with_1_when_the_input_ends(client, folder):
    client.initialize(folder)
    client.open(folder / "request.c")
    client.send_raw(b"Content-Length: 100\r\n\r\n{")
    status, errors = client.end()
    assert status == 1, f"exit status {status}"
    assert "in the middle of a message" in errors, errors


def exit_in_the_middle_of_an_analysis(client, folder):
    client.initialize(folder)
    client.open(folder / "request.c")
    time.sleep(0.3)
    client.quit()


CONVERSATIONS = [
    talk_about_the_sample, show_the_findings_of_files_that_are_not_open,
    follow_a_header_that_holds_only_macros, take_bytes_for_columns_when_offered,
    analyse_once_when_somebody_types, analyse_a_text_that_does_not_parse, analyse_a_file_without_a_database,
    refuse_what_is_not_a_message, drop_a_message_that_is_too_large, read_messages_byte_by_byte,
    leave_out_the_rules_that_its_command_line_skips, exit_with_1_when_not_shut_down, exit_with_1_when_the_input_ends,
    exit_in_the_middle_of_an_analysis,
]
ARGUMENTS = {leave_out_the_rules_that_its_command_line_skips: ["--skip", "MDL002"]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = 0
    for conversation in CONVERSATIONS:
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder).resolve() / "sample"
            shutil.copytree(SAMPLE, sample)
            client = Client(sys.argv[1], *ARGUMENTS.get(conversation, []))
            try:
                conversation(client, sample)
                print(f"ok: {conversation.__name__}")
            except (AssertionError, ValueError, KeyError, OSError, subprocess.TimeoutExpired) as problem:
                failed += 1
                print(f"FAILED: {conversation.__name__}: {type(problem).__name__}: {problem}")
            finally:
                if client.process.poll() is None:
                    client.process.kill()
                client.process.wait()
    print(f"{len(CONVERSATIONS) - failed} of {len(CONVERSATIONS)} conversations went as they should")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
