import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inRepository, sourceFiles } from './source-files.ts';

const documents = [
  'README.md',
  ...['docs', 'libs', 'services', 'tools', 'test'].flatMap(sourceFiles).filter((file) => file.endsWith('.md')),
];
const read = (file: string): string => readFileSync(inRepository(file), 'utf8');
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** Anchors of a document's headings, as GitHub makes them; of two that are alike the second is not reached. */
function anchorsOf(document: string): Set<string> {
  const headings = withoutCode(read(document)).matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    Array.from(headings, ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links to nothing, as they are written. */
function deadLinks(document: string): string[] {
  const links = Array.from(withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? document : normalize(join(dirname(document), path));
    if (!existsSync(inRepository(target))) return true;
    return anchor !== undefined && !anchorsOf(target).has(anchor);
  });
}

describe('documents', () => {
  it('link to files and headings that are there', () => {
    expect(documents.length).toBeGreaterThan(10);
    const dead = documents.map((document) => [document, deadLinks(document)] as const);
    expect(Object.fromEntries(dead.filter(([, links]) => links.length > 0))).toEqual({});
  });
});
