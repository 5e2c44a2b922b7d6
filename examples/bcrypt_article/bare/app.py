"""An article on Flask-Login with Flask-Bcrypt and SQLite, a machine's translation of a translation.

Repaired so that it runs: English names are back (`methods`, `form`, `User`, `query`, ...); the
model has its base `db.Model`; the views say `password_hash`, as the model does; the lines that
the translation lost are back (both ``Bcrypt(app)`` and ``SQLAlchemy(app)``, the two lines that
store a new user, the decorators of `load_user` and `logout`, the lines below ``__main__``);
``url_for('welcome ')`` has lost its blank; the view `welcome` and the templates are missing in
the article and are the smallest that work. The article sets no SECRET_KEY; Flask-Login cannot
answer without one, so the key comes from the environment.

The login view is as the article prints it: it checks the password and redirects, and never
calls `login_user`.
"""

import os

from flask import Flask, redirect, render_template, request, url_for
from flask_bcrypt import Bcrypt
from flask_login import LoginManager, UserMixin, login_required, logout_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config['SECRET_KEY'] = os.environ['SECRET_KEY']
app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///website.db'
db = SQLAlchemy(app)
bcrypt = Bcrypt(app)

login_manager = LoginManager()
login_manager.login_view = 'login'
login_manager.init_app(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), unique=True)
    password_hash = db.Column(db.String(128))

    def __repr__(self):
        return f'<User {self.username}>'


@login_manager.user_loader
def load_user(user_id):
    return User.query.get(user_id)


@app.route('/register', methods=['GET', 'POST'])
def register():
    if request.method == 'POST':
        username = request.form['username']
        password = request.form['password']
        hashed_password = bcrypt.generate_password_hash(password).decode('utf-8')

        new_user = User(username=username, password_hash=hashed_password)
        db.session.add(new_user)
        db.session.commit()
        return redirect(url_for('welcome'))
    return render_template('registeration.html')


@app.route('/login', methods=['GET', 'POST'])
def login():
    if request.method == 'POST':
        username = request.form['username']
        password = request.form['password']
        user = User.query.filter_by(username=username).first()

        if user and bcrypt.check_password_hash(user.password_hash, password):
            return redirect(url_for('welcome'))
    return render_template('login.html')


@app.route('/welcome')
def welcome():
    return render_template('welcome.html')


@app.route('/logout')
@login_required
def logout():
    logout_user()
    return redirect(url_for('login'))


if __name__ == '__main__':
    with app.app_context():
        db.create_all()
    app.run(debug=True)
