// Verifies what Sallyport hands out with code that its authors did not write: Go's sumdb/note for
// signatures, sumdb/tlog for the tree. It shares nothing with src/ledger, on purpose.
//
//	outsider -vkey FILE [-witness FILE] [-tiles DIR] [-bundle DIR]
//
// -tiles takes an exported log: its checkpoint, the proof of every entry rebuilt from the tiles.
// -bundle takes a lane or proof bundle: every proof beside its leaf, and head.consistency.
// One sentence for each failure on standard error; exit status 1 if there was one.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

type head struct {
	size int64
	root tlog.Hash
}

// trust opens signed checkpoints: the log must have signed, and the witness where one is given.
type trust struct {
	log     note.Verifier
	witness note.Verifier
}

func (t trust) open(text string) (head, error) {
	known := []note.Verifier{t.log}
	if t.witness != nil {
		known = append(known, t.witness)
	}
	n, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return head{}, err
	}
	for _, v := range known {
		if !signedBy(n, v) {
			return head{}, fmt.Errorf("%s did not sign the checkpoint", v.Name())
		}
	}
	return parseHead(n.Text, t.log.Name())
}

func signedBy(n *note.Note, v note.Verifier) bool {
	for _, s := range n.Sigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			return true
		}
	}
	return false
}

// parseHead reads a C2SP checkpoint; tlog.ParseTree knows only that of the Go checksum database.
func parseHead(text, origin string) (head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return head{}, fmt.Errorf("the checkpoint is not three lines under the log's name")
	}
	size, err := parseNumber(lines[1])
	if err != nil {
		return head{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return head{size, root}, err
}

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("a number is not a plain decimal")
	}
	return n, nil
}

// cosigner verifies C2SP tlog-cosignature v1, which sumdb/note has no type for.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("the witness key is no vkey")
	}
	id, err := hex.DecodeString(parts[1])
	key, err2 := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || err2 != nil || len(id) != 4 || len(key) != 33 || key[0] != 4 {
		return nil, fmt.Errorf("the witness key is no Ed25519 cosignature key")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(id), key[1:]}, nil
}

// tiles reads a C2SP tlog-tiles directory. x/mod puts the height into the path; the layout is else the same.
type tiles struct {
	dir   string
	cache map[tlog.Tile][]byte
}

func (t *tiles) Height() int                     { return 8 }
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, w := range wanted {
		b, ok := t.cache[w]
		if !ok {
			var err error
			b, err = os.ReadFile(filepath.Join(t.dir, strings.Replace(w.Path(), "tile/8/", "tile/", 1)))
			if err != nil {
				return nil, err
			}
			t.cache[w] = b
		}
		data = append(data, b)
	}
	return data, nil
}

// entries cuts the bundle with the 256 entries (or fewer, at the end) from number n * 256.
func entries(dir string, n, size int64) ([][]byte, error) {
	width := size - n*256
	if width > 256 {
		width = 256
	}
	path := tlog.Tile{H: 8, L: -1, N: n, W: int(width)}.Path()
	b, err := os.ReadFile(filepath.Join(dir, strings.Replace(path, "tile/8/data/", "tile/entries/", 1)))
	if err != nil {
		return nil, err
	}
	var list [][]byte
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, fmt.Errorf("entry bundle %d is cut off", n)
		}
		length := int(binary.BigEndian.Uint16(b))
		list = append(list, b[2:2+length])
		b = b[2+length:]
	}
	if int64(len(list)) != width {
		return nil, fmt.Errorf("entry bundle %d holds %d entries, not %d", n, len(list), width)
	}
	return list, nil
}

type report struct{ failures, checked int }

func (r *report) check(what string, err error) {
	r.checked++
	if err != nil {
		r.failures++
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	}
}

func verifyTiles(r *report, t trust, dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		r.check("checkpoint", err)
		return
	}
	h, err := t.open(string(text))
	r.check("checkpoint", err)
	if err != nil {
		return
	}
	reader := tlog.TileHashReader(tlog.Tree{N: h.size, Hash: h.root}, &tiles{dir, map[tlog.Tile][]byte{}})
	for n := int64(0); n*256 < h.size; n++ {
		list, err := entries(dir, n, h.size)
		if err != nil {
			r.check(fmt.Sprintf("entries %d", n), err)
			continue
		}
		for i, entry := range list {
			index := n*256 + int64(i)
			proof, err := tlog.ProveRecord(h.size, index, reader)
			if err == nil {
				err = tlog.CheckRecord(proof, h.size, h.root, index, tlog.RecordHash(entry))
			}
			r.check(fmt.Sprintf("entry %d", index), err)
		}
	}
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func verifyProof(t trust, text string, leaf []byte) (head, error) {
	top, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(top, "\n")
	if !found || len(lines) < 2 || lines[0] != proofHeader || !strings.HasPrefix(lines[1], "index ") {
		return head{}, fmt.Errorf("this is no tlog-proof")
	}
	index, err := parseNumber(strings.TrimPrefix(lines[1], "index "))
	if err != nil {
		return head{}, err
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return head{}, err
	}
	h, err := t.open(checkpoint)
	if err != nil {
		return head{}, err
	}
	if index >= h.size {
		return head{}, fmt.Errorf("the index lies beyond the checkpoint")
	}
	return h, tlog.CheckRecord(hashes, h.size, h.root, index, tlog.RecordHash(leaf))
}

// verifyConsistency leads from the head that the manifest names to the head of the receipt.
func verifyConsistency(dir string, receipt head) error {
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return err
	}
	var bound struct {
		Predicate struct {
			Log struct {
				Size int64  `json:"size"`
				Root string `json:"root"`
			} `json:"log"`
		} `json:"predicate"`
	}
	if err := json.Unmarshal(manifest, &bound); err != nil {
		return err
	}
	root, err := hex.DecodeString(bound.Predicate.Log.Root)
	if err != nil || len(root) != tlog.HashSize {
		return fmt.Errorf("the manifest names no log root")
	}
	text, err := os.ReadFile(filepath.Join(dir, "head.consistency"))
	if err != nil {
		return err
	}
	var lines []string
	if len(text) > 0 {
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	hashes, err := parseHashes(lines)
	if err != nil {
		return err
	}
	size := bound.Predicate.Log.Size
	if size < 1 || size > receipt.size {
		return fmt.Errorf("the manifest names a head outside the receipt's log")
	}
	var old tlog.Hash
	copy(old[:], root)
	return tlog.CheckTree(hashes, receipt.size, receipt.root, size, old)
}

// leafOf names the file that a proof speaks of: its own stem, but the receipt's is the release.
func leafOf(proof string) string {
	if filepath.Base(proof) == "receipt.tlog-proof" {
		return filepath.Join(filepath.Dir(proof), "release.leaf")
	}
	return strings.TrimSuffix(proof, ".tlog-proof") + ".leaf"
}

func verifyBundle(r *report, t trust, dir string) {
	proven := map[string]bool{}
	var leaves []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(path, ".leaf") {
			leaves = append(leaves, path)
		}
		if !strings.HasSuffix(path, ".tlog-proof") {
			return nil
		}
		name, _ := filepath.Rel(dir, path)
		proven[leafOf(path)] = true
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		leaf, err := os.ReadFile(leafOf(path))
		if err != nil {
			r.check(name, err)
			return nil
		}
		h, err := verifyProof(t, string(text), leaf)
		r.check(name, err)
		if err == nil && name == "receipt.tlog-proof" {
			r.check("head.consistency", verifyConsistency(dir, h))
		}
		return nil
	})
	if err != nil {
		r.check("bundle", err)
	}
	for _, leaf := range leaves {
		if !proven[leaf] {
			name, _ := filepath.Rel(dir, leaf)
			r.check(name, fmt.Errorf("no proof stands beside this leaf"))
		}
	}
	if len(proven) == 0 {
		r.check("bundle", fmt.Errorf("there is no proof in this directory"))
	}
}

func readLine(path string) (string, error) {
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}

func loadTrust(vkeyFile, witnessFile string) (t trust, err error) {
	vkey, err := readLine(vkeyFile)
	if err != nil {
		return t, err
	}
	if t.log, err = note.NewVerifier(vkey); err != nil || witnessFile == "" {
		return t, err
	}
	if vkey, err = readLine(witnessFile); err != nil {
		return t, err
	}
	t.witness, err = newCosigner(vkey)
	return t, err
}

func main() {
	vkey := flag.String("vkey", "", "file with the log's vkey (required)")
	witness := flag.String("witness", "", "file with the vkey of a witness that must have cosigned")
	tilesDir := flag.String("tiles", "", "exported log")
	bundleDir := flag.String("bundle", "", "lane or proof bundle")
	flag.Parse()
	if *vkey == "" || (*tilesDir == "" && *bundleDir == "") || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	t, err := loadTrust(*vkey, *witness)
	if err != nil {
		fmt.Fprintf(os.Stderr, "keys: %v\n", err)
		os.Exit(1)
	}
	var r report
	if *tilesDir != "" {
		verifyTiles(&r, t, *tilesDir)
	}
	if *bundleDir != "" {
		verifyBundle(&r, t, *bundleDir)
	}
	if r.failures > 0 {
		os.Exit(1)
	}
	fmt.Printf("verified: %d checks\n", r.checked)
}
