package io.pinfold.jcstress.arch;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.ReferenceTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTreePath;
import com.sun.source.util.DocTreePathScanner;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.Element;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.PackageElement;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The links of comments that users read, resolved by the compiler: of exported packages, and in them of public and
 * protected classes and members.
 */
final class CommentLinks extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private final Set<String> exported;
    private final DocTrees trees;
    private final List<String> hidden = new ArrayList<>();
    private int count;

    private CommentLinks(Set<String> exported, DocTrees trees) {
        this.exported = exported;
        this.trees = trees;
    }

    /**
     * Reads the links.
     *
     * @param exported names of the packages that users see
     * @param files    sources of these packages; what they use is on the class path
     */
    static CommentLinks of(Set<String> exported, List<JavaFileObject> files) {
        StringWriter said = new StringWriter();
        JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(said, null, null,
                List.of("-proc:none", "-nowarn", "-classpath", System.getProperty("java.class.path")), null, files);
        try {
            Iterable<? extends CompilationUnitTree> units = task.parse();
            task.analyze();
            if (said.toString().contains("error: ")) {
                throw new IllegalStateException(said.toString());
            }
            CommentLinks links = new CommentLinks(exported, DocTrees.instance(task));
            units.forEach(unit -> links.scan(unit, null));
            return links;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each link to what users do not see, with the class or member that has the comment. */
    List<String> hidden() {
        return hidden;
    }

    /** How many links there are. */
    int count() {
        return count;
    }

    @Override
    public @Nullable Void visitPackage(PackageTree tree, @Nullable Void none) {
        return read();
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void none) {
        read();
        return super.visitClass(tree, none);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree tree, @Nullable Void none) {
        return read();
    }

    @Override
    public @Nullable Void visitVariable(VariableTree tree, @Nullable Void none) {
        return read();
    }

    /** Reads the comment of what the scan has reached. */
    private @Nullable Void read() {
        TreePath place = getCurrentPath();
        Element owner = trees.getElement(place);
        DocCommentTree comment = trees.getDocCommentTree(place);
        if (comment == null || owner == null || !isShown(owner)) {
            return null;
        }
        new DocTreePathScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitReference(ReferenceTree link, @Nullable Void none) {
                Element target = trees.getElement(getCurrentPath());
                count++;
                if (target != null && !isShown(target)) {
                    hidden.add(owner + " -> " + link.getSignature());
                }
                return null;
            }
        }.scan(new DocTreePath(place, comment), null);
        return null;
    }

    /** Whether users see it: it is not of the library, or it and all around it are exported, public or protected. */
    private boolean isShown(Element element) {
        if (element instanceof PackageElement folder) {
            String name = folder.getQualifiedName().toString();
            return !name.startsWith("io.pinfold.") || exported.contains(name);
        }
        Set<Modifier> modifiers = element.getModifiers();
        return (modifiers.contains(Modifier.PUBLIC) || modifiers.contains(Modifier.PROTECTED))
                && isShown(element.getEnclosingElement());
    }
}
