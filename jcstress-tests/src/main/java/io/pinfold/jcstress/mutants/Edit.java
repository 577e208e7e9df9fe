package io.pinfold.jcstress.mutants;

/**
 * One change of a source file.
 *
 * @param file    path from the project's folder
 * @param method  enclosing method, by its name; {@code <init>} for a constructor
 * @param step    protocol-step id that a comment at the place names; {@code -} where there is none
 * @param oldText text of the source, which occurs once in that method; white space counts as one blank
 * @param newText text of the mutant
 */
record Edit(String file, String method, String step, String oldText, String newText) {

    /** The name of the class that the file holds. */
    String className() {
        String path = file.substring(file.indexOf("/java/") + "/java/".length(), file.length() - ".java".length());
        return path.replace('/', '.');
    }

    /** The file's own name, for messages. */
    String simpleName() {
        return file.substring(file.lastIndexOf('/') + 1);
    }
}
