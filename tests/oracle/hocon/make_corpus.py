#!/usr/bin/env python3
"""Writes cloudflow/config/corpus/*.hocon: one small document per rule of the HOCON specification and per way to break it.

The files are committed; this script is where a rule gets more rows. Every row is named by its file and number."""

import pathlib

OUT = pathlib.Path(__file__).resolve().parents[3] / "cloudflow" / "config" / "corpus"
VALUES = ["1", "-1.5", "1e3", "007", "true", "null", "x", "foo bar", '"q"', '""', "[]", "[1, 2]", "{}", "{ x = 1 }", '"""t"""']
RESERVED = list('$"{}[]:=,+#`^?!@*&\\')


def rows():
    """rule -> documents"""
    r = {}
    r["separators"] = [f"a{s}{v}" for s in ("=", ":", " = ", " : ", " =\n", " :\n\n") for v in ("1", "x y", "[1]", "{b:2}")] + [
        "a {b=1}", "a{b=1}", "a\n{b=1}", "a = {b=1} c = 2", "a 1", "a", "a == 1", "a =: 1", "a = ", "= 1", ": 1", "a += 1", "a + = 1",
        "a +1", "a = = 1", "a.b", "a\n", "a,b", "a = 1 b = 2"]
    r["commas"] = ["a=[1,2]", "a=[1,2,]", "a=[1\n2]", "a=[1,\n2]", "a=[1\n,2]", "a=[\n1\n2\n]", "a=[,1]", "a=[1,,2]", "a=[1,2,,]", "a=[,]",
                   "a=[1 2]", "a=[1]\n,b=2", "a=1,b=2", "a=1,b=2,", "a=1,,b=2", ",a=1", "{,a=1}", "{a=1,}", "{a=1,,}", "a={b=1,}", "a=1,\n,b=2",
                   "a=[1,\n,2]", "a=[[1][2]]", "a=[{}{}]", "a=[{x=1}\n{y=2}]"]
    r["braces"] = ["{}", "", "{a=1}", "{a=1", "a=1}", "{{a=1}}", "{a={b=1}", "{a=1}}", "{a=1} b=2", "[1]", "[", "]", "}", "{", "a={", "a=[", "a=[}",
                   "a={]", "a=[{]}", "a=[1", "a=[1,", "{a=1}\n# end", "{a=1}\n\n", "\n\n{a=1}", "# c\n{a=1}", "{a=1}x", "{a=1}{b=2}", "{a=1}[2]"]
    r["comments"] = ["# c\na=1", "// c\na=1", "a=1 # c", "a=1 // c", "a=x//c", "a=x#c", "a=x/c", "a=[1 # c\n2]", "a=[1, // c\n2]", "a # c\n=1",
                     "a= # c\n1", "a=\"#x\"", "a=\"//x\"", "/ c\na=1", "a=1 /* c */", "#", "//", "a=1#", "a { # c\n}", "a=http://x"]
    r["whitespace"] = ["a=<U+A0>1", "a<U+A0>=1", "<U+FEFF>a=1", "a=1<U+FEFF>", "a=<U+2003>x<U+2003>y", "a=1<U+D>\nb=2", "a=<U+9>1", "a=x<U+2028>y",
                       "a=x<U+1F>y", "a  b  =  c  d", "  a=1  ", "a=1 \n b=2 ", "a=x  ", "a=[ 1 , 2 ]", "a = \n\n\n 1"]
    r["strings"] = [f'a="{s}"' for s in ("", " ", "x", "\\n", "\\\"", "\\\\", "\\/", "\\b\\f\\r\\t", "\\u0041", "\\u00e4", "\\ud83d\\ude00", "ä", "${x}", "#", "[1]")] + [
        f'a="{s}"' for s in ("\\x", "\\", "\\u", "\\u12", "\\uzzzz", "\\ ", "<U+9>", "<U+1>", "x\ny")] + [
        'a="', 'a="x', "a='x'", "a='", 'a="x"y', 'a="x" "y"', 'a=x"y"', 'a="x"1', 'a="""x"""', 'a="""x\ny"""', 'a="""x""""', 'a="""x"""""', 'a="""',
        'a="""x', 'a="""x""', 'a=""""""', 'a="""\\n"""', 'a="""x"""y', 'a="""x""" "y"', 'a="""${b}"""', 'a="" ""', 'a = [""" ] """]']
    r["unquoted"] = [f"a=x{c}y" for c in RESERVED] + [f"a={c}" for c in RESERVED] + ["a=x.y", "a=x-y", "a=x_y", "a=x;y", "a=(x)", "a=<x>", "a=x%y", "a=~x", "a=x|y",
        "a=äö", "a=x y  z", "a=truex", "a=xtrue", "a=true x", "a=true false", "a=nullx", "a=null null", "a=falsey", "a=include", "a=inc lude", "a=x/y", "a=-x", "a=.x"]
    r["numbers"] = [f"a={n}" for n in ("0", "-0", "1", "-1", "12345678901", "9223372036854775807", "9223372036854775808", "1.0", "1.", "-1.5e-3", "1E5", "1e+5", "1e", "1.5.6",
                    "--1", "1-2", "-", "-.5", "01", "1e400", "1e-400", "1x", "0x1F", "1_000", "1+2", "+1", "1 2", "1 .5", "1.10 x", "Infinity", "NaN", "1e5x", "3.", "10.0.0.1")]
    r["keys"] = [f"{k}=1" for k in ("a", "a.b", "a.b.c", '"a.b"', 'a."b.c".d', '""', 'a.""', '"".a', "a b", "a b.c d", "1", "1.2", "1.2.3", "10.x", "-", "-1", "true", "true.x", "null", "a-b", "a_b",
                    "ä", "a.1", '"a"b', 'a"b"', '"a" "b"', "a .b", "a. b", "1e5", "include.x", '"include"', "includex", "a/b", '"\\u0041"', '"""a.b"""')] + [
        f"{k}=1" for k in (".", ".a", "a.", "a..b", "..", '"a', "${a}", "[a]", "a,b", "a+b", "a?", "a!b", "a@b", "a`", "a^b", "a\\b", "a&b", "*", "include", "a.[b]", "a.${b}", "$a", "a$b", "1..2", ".1", "1.")]
    r["merge"] = [f"a={x}\na={y}" for x in VALUES[:14:2] for y in VALUES[1:14:2]] + ["a{b=1}\na{c=2}", "a{b=1},a.b=2", "a.b=1,a=2", "a=1,a.b=2", "a{b{c=1}}\na.b{d=2}", "a{b=1},a=null,a{c=2}",
                  "a{b=1},a=1,a{c=2}", "a=[1],a=[2]", "a.b=1,a.b=null", "a=1,\"a\"=2"]
    r["concatenation"] = [f"a={x}{s}{y}" for x in ("x", "1", "[1]", "{b=1}", '"q"', "null") for y in ("y", "2", "[2]", "{c=2}", '"r"', "true") for s in (" ",)] + [
        "a=[1][2][3]", "a={b=1}{b=2}", "a={b={c=1}}{b={d=2}}", "a=[1] [2]\n[3]", "a={b=1}\n{c=2}", "a=[[1] [2]]", "a=[1]x", "a={0=x}[y]", "a=[x]{0=y,5=z}", "a=[x]{b=y}", "a=x y # c"]
    refs = ["${b}", "${?b}", "${b.c}", "${?b.c}", "${n}", "${?n}", "${b}x", "${?n}x", "x${?n}", "${b} ${b}", "${?n}${?n}", "${?n} ${?n}", "[${b}]", "[${?n}]", "[${n}]", "{x=${b}}", "{x=${?n}}", "${b}[1]",
            "${?n}[1]", "${b}{x=1}", "${?n}{x=1}", "{x=1}${b}", "[1]${b}", "${ b }", "${\"b\"}", "${b.0}"]
    r["substitution"] = [f"a={x}\nb={v}" for x in refs for v in ("1", "[5]", "{c=7}")] + [
        "a=${}", "a=${", "a=${b", "a=${b\n}", "a=$b", "a=$", "a=${?}", "a=${ ?b}", "a=${b..c}", "a=${.b}", "a=${b.}", "a=${[b]}", "a=${${b}}", "a=${b}}", "a=${{b}}", "a=\"${b}\",b=1", "a=${b,c}", "a=${b=c}", "a=${#}",
        "a=${b}\nb=${c}\nc=1", "a=${b}\nb=${a}", "a=${?b}\nb=${?a}", "a=${b}\nb=${c}\nc=${a}", "a=${a}", "a=${?a}", "a=${a.b}", "a{b=${a}}", "a{b=${a.c},c=1}", "a{b=${?a.b}}", "a=${CF_ORACLE_A}", "a=${CF_ORACLE_B}1",
        "a=${?CF_ORACLE_EMPTY}", "CF_ORACLE_A=own,a=${CF_ORACLE_A}", "a=${CF_ORACLE_A.x}", "CF_ORACLE_A=null,a=${CF_ORACLE_A}", "a=null,b=${a}", "a=1\nb=${a}\na=2", "a.b=1\nc=${a}\nc.b=2\na.d=3"]
    r["selfreference"] = ["a=1\na=${a}2", "a=[1]\na=${a}[2]", "a={b=1}\na=${a}{c=2}", "a=${a}x", "a=${?a}x", "a=[1]\na+=2\na+=3", "a+=1", "a=1\na+=2", "a={b=1}\na+=2", "a=null\na+=1", "a.b=[1]\na.b+=2", "a{b=[1]}\na{b+=2}",
        "a{b+=1}", "a=[{b+=1}]", "a+=[1]", "a+={b=1}", "bar:{foo:42,baz:${bar.foo}}", "bar:{foo:42,baz:${bar.foo}}\nbar:{foo:43}", "bar:{a:${foo.d},b:1}\nbar.b=3\nfoo:{c:${bar.b},d:2}\nfoo.d=4", "a:${?a}foo", "a:${b}\nb:${?a}x",
        "a:1\nb:${a}\na:${b}", "foo:{a:{c:1}}\nfoo:${foo.a}\nfoo:{a:2}", "a=1\na=${a}${a}", "a=1\na=${a}\na=${a}", "a={x=1}\na=${a}\na.y=2", "a=[1]\na=[0]${a}", "p=a\np=${p}-b\np=${p}-c", "a={b=${a.c},c=1}\na.c=2", "a=${b}{x=1}\nb=${?a}{y=2}",
        "a=${b}\na={c=${a.d},d=1}\nb={d=2}", "b={x=1}\na=${b}{y=${a.x}}", "b={x=1}\na=${b}\na={y=${a.x}}"]
    inc = {"x.conf": "p=1\nq=${p}", "y.json": "{\"p\":2}", "bad.conf": "p={", "badref.conf": "p=${nope}", "self.conf": "include \"self.conf\"", "sub/z.conf": "include \"w.conf\"\nz=1", "sub/w.conf": "w=2", "arr.conf": "p=[1]\np+=2", "list.conf": "[1]"}
    r["include"] = [(d, inc) for d in ('include "x.conf"', 'include "x"', 'include "y"', 'include "y.json"', 'include "missing"', 'include "missing.conf"', 'include required("x")', 'include required("missing")', 'include required("missing.conf")',
        'include "bad"', 'include "badref"', 'include "badref"\nnope=1', 'include "self"', 'include "sub/z"', 'a{include "x"}', 'a{include "x"}\np=5', 'a{include "x"}\na.p=5', 'include "x"\np=9', 'p=9\ninclude "x"', 'a=[{include "y"}]', 'a=[{include "x"}]',
        'a{include "arr"}', 'p=[0]\ninclude "arr"', 'include "list"', 'include x', 'include', 'include =1', 'include "x" y', 'include "x"\n,a=1', 'include "x",a=1', 'include "x" a=1', 'include required "x"', 'include required("x"', 'include required (x)',
        'include "a" "b"', 'include ["x"]', 'include ${x}', 'include 1', 'include nope("x")', '"include" = 1', 'a include = 1', 'a.include = 1', 'include "x"}', 'a { include "badref" }\nnope=1')]
    json_bad = ['{"a":1,}', "{a:1}", '{"a"=1}', '{"a":1 "b":2}', '{"a":x}', '{"a":[1,]}', '{"a":1}//c', "{'a':1}", '{"a":"x" "y"}', '{"a":1,"a":2}', '{"a":${b}}', "", "a=1", '{"a":', '["a"', '{"a":tru}', '{"a"}', '{"a":1}}', '{"a":1}x', '{"a":[1 2]}', '{"a" {}}', "#"]
    json_good = ['{"a":1}', '{ "a" : [ 1 , "x" , null , true , {} ] }', '{"a.b":1}', '{"a":{"b":{"c":[]}}}', '{"a":1.5e3}', '{"":1}', "{}"]
    r["json"] = [("json", d) for d in json_good + json_bad]
    r["numeric"] = ["a=[1]{0=x}", "a={1=x,0=y}[z]", "a=[0]\nb={5=x,2=y,z=w}\nc=${a}${b}", "a={0=x}\na+=y", "a={x=1}\na+=y", "a=[0]{}", "a=[0]{\"-1\"=x}", "a=[0]{01=x}", "a=[0]{99999999999=x}"]
    r["errors"] = [f"a = 1\nb = {v}\nc = 2" for v in ("[1", "{x=1", '"x', "x:y", "${c", "@", "]", "}", "x=y", "?", "!", "&", "*x", "`", "^", "\\", "x$", '"\\q"', "[}", "{]", "[1,,2]", "${c d", "+", "x+y", "[a:b]")] + [
        f"{bad}\na = 1" for bad in ("]", "}", "=", ":", ",", "x", "@=1", "a..b=1", "[1", "{", "${a}=1", "x y", "1", "\"x", "a=[{]", "a={b", "a={b=", "a={b=1", "a=[1 2", "+=1", "!", "a=${", "include", "include 5")]
    texts = ("x", "1", '"q"', "true", "null")
    lists = ("[1]", "{b=1}", "[]", "{}")
    r["join-errors"] = [f"a = {t} {v}" for t in texts for v in lists] + [f"a = {v} {t}" for t in texts[1:] for v in lists] + [
        f"a = ${{t}} {v}\nt = {t}" for t in texts for v in lists[:2]] + [f"a = {v} ${{t}}\nt = {t}" for t in texts for v in lists[:2]] + [
        f"a = {t} ${{v}}\nv = {v}" for t in texts[:3] for v in lists[:2]] + ["a = [1] {b=1}", "a = {b=1} [1]", "a = ${l} ${o}\nl = [1]\no = {b=1}", "a = {b=1}\na += 1\na = ${a} x",
        "a = 1\na += 2", "a = x\na = ${a} [1]", "a = {b=1}\na = ${a} [1]", "a = [1]\na = ${a} {b=1}", "a {b = x [1]}\nc = {", "a = [x {b=1}\n]\nc = ]"]
    places = ("{c}a = 1", "a = [x{c}]", "a = [1, {c}]", "a.{c} = 1")
    r["reserved-errors"] = [p.replace("{c}", c) for p in places for c in RESERVED if c not in '#"'] + [f"x = 1\na = ${{x{c}}}" for c in RESERVED if c not in '#"}']
    r["escape-errors"] = [f'x = 1\na = "{e}"' for e in ("\\a", "\\'", "\\0", "\\x41", "\\u{41}", "\\U0041", "\\u 041", "\\u00g1", "\\N", "\\\n", "\\ud83", "\\v", "\\?", "\\e", "\\$")] + [
        f'"{e}" = 1' for e in ("\\q", "\\u12", "\\", "<U+1>", "x\n")] + [f'a = ["{e}"]' for e in ("\\q", "\\u12", "\\", "<U+1F>")]
    r["cycle-errors"] = ["a = ${b}\nb = ${c}\nc = ${d}\nd = ${b}", "a { b = ${c} }\nc = ${a.b}", "a { b = ${a.c}, c = ${a.b} }", "a = [${b}]\nb = [${a}]", "a = x${b}\nb = y${a}", "a { x = ${b} }\nb { y = ${a} }",
        "a = ${a.x}\na { x = ${a.x} }", "a { b { c = ${a.b} } }", "a = ${b.c}\nb = { c = ${a} }", "base = { y = 1 }\napp = ${base} { x = 2, z = ${app.x} }", "a = {x = ${a}}", "a = [${a}]", "a = ${a} ${b}", "a += ${b}\nb = ${a}",
        "a.b = ${a.b}", "a.b.c = ${a.b}", "a = 1\nb = ${c}\nc = ${b}", "a = ${b} [1]\nb = ${a} [2]", "a = ${b} {x = 1}\nb = ${a} {y = 2}", "a { b = ${b} }\nb = ${a}"]
    r["unknown-errors"] = ["a = ${nope}", "a = [${nope}]", "a = {b = ${nope}}", "a = x ${nope} y", "a = ${nope} [1]", "a = ${nope} {b=1}", "a = 1\na = ${nope}", "a = ${nope}\na = {b = 1}", "b = 1\na = ${b.c}", "b = [1]\na = ${b.0}",
        "b = {}\na = ${b.c}", "b = null\na = ${b.c}", "b = ${?nope}\na = ${b}", "a = ${CF_ORACLE_NOPE}", "a = ${cf_oracle_a}", "a = ${\"CF_ORACLE_A.x\"}", "a { b = 1, c = ${b} }", "a = ${?nope}${nope}", "a += ${nope}", "a = [1, [2, {b = ${nope}}]]",
        "a = ${b}\nb = ${nope}", "a = ${A}\nB = 1", "a = ${\" b\"}\nb = 1", "a = ${b.\"\"}\nb = {c = 1}", "a = {b = 1}\nc = ${a.b.d}"]
    r["json-errors"] = [("json", d) for d in ('{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":True}', '{"a":NULL}', '{"a":undefined}', '{"a":1;}', '{"a"::1}', '{"a":[}', '{"a":{]}', '{,}', '[,]', '{"a":1,,"b":2}', '{1:2}', '{null:1}', '{"a" 1}', '{"a":1\n"b":2}',
        '["a" "b"]', '{"a":"\\q"}', '{"a":"\n"}', '{"a":"x}', '{"a":"""x"""}', '{"a":1}{}', '{"a":1},', ',{"a":1}', '{"a":1}#c', '{"a":/* c */1}', '{"a":1 2}', '{"a":"x"1}', '{"a":[1],[2]}', '{"a":@}', '{"a":-}', '{"a":1e}', '{"a.b"}', 'true x', '{"a":{"b":1}', '{"a":[1', '{"a":1,', '{"a"', '{"', '{', '[', '}', ']')]
    r["layout-errors"] = ["a = {\nb = 1\n\nc = 2", "a = [\n1\n\n2", "a = [1\n\n2]]", "a = {b = 1\n}}\nc = 1", "a = 1\n}\nb = 2", "a = 1\n]\nb = 2", "a {\nb {\nc = 1\n}\n", "a = [{b = 1]\n}", "a = {b = [1}\n]", "a = (1]", "a = 1 }", "a = [1] ]", "{a = 1\nb = 2", "{\n}\n}",
        "a\n\nb = 1", "a =\n\n", "a :", "a +=", "a = 1,,b = 2", ",\na = 1", "a = [1,\n,2]", "a = [,\n1]", "a b\nc = 1", "a.b.\n= 1", "= x", "a = b = c", "a : b : c", "a = 1 : 2", "a = x, y", "a, b = 1", "[1] = a", "{a} = 1", "a = {b}", "a = {b, c = 1}", "a = {= 1}", "a = {1}"]
    # Where ours differs on purpose: compare.py names the row of docs/reference/hocon-deviations.md for each.
    r["deviations"] = ['include url("file:nope.conf")', 'include classpath("nope.conf")', ('include "p.properties"', {"p.properties": "a=1"}), 'include "../nope"',
        "a = " + "[" * 300 + "]" * 300, 'a = "<BYTE FF>"', 'a = "\\ud800"', 'a = "\\u+041"', ("json", '{"a":12345678901234567890}')]
    return r


def main():
    OUT.mkdir(exist_ok=True)
    count = 0
    for rule, documents in rows().items():
        out = []
        for number, document in enumerate(documents):
            files, prefix = {}, ""
            if isinstance(document, tuple) and document[0] == "json":
                prefix, document = "json-", document[1]
            elif isinstance(document, tuple):
                document, files = document
                files = {n: t for n, t in files.items()}
            out.append(f"=== {prefix}{number:03}\n{document}\n")
            out += [f"--- file {n}\n{t}\n" for n, t in files.items()]
            count += 1
        (OUT / f"{rule}.hocon").write_text("".join(out))
    print(f"{count} cases")


if __name__ == "__main__":
    main()
