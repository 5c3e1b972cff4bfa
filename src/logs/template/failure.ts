/** A template that failed on a line. */

/** Ends the rendering of one line; `Template.render` turns it into an answer. */
export class TemplateFailure extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'TemplateFailure';
  }
}
